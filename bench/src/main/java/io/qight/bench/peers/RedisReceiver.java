package io.qight.bench.peers;

import io.lettuce.core.Consumer;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Asks the server for the next messages, handles and acknowledges them, on a thread of its own. */
final class RedisReceiver implements Runnable {
    static final long COUNT = 1024;
    private static final long BLOCK_MILLIS = 1000;
    private static final Consumer<String> CONSUMER = Consumer.from(Redis.GROUP, "receiver");

    private final RedisAsyncCommands<String, byte[]> commands;
    private final java.util.function.Consumer<ByteBuffer> handler;

    RedisReceiver(
            RedisAsyncCommands<String, byte[]> commands,
            java.util.function.Consumer<ByteBuffer> handler) {
        this.commands = commands;
        this.handler = handler;
    }

    @Override
    public void run() {
        try {
            while (true) {
                handle(next());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the stream cannot be read", e);
        }
    }

    @SuppressWarnings("unchecked") // The array is of one StreamOffset<String>.
    private List<StreamMessage<String, byte[]>> next()
            throws InterruptedException, ExecutionException {
        return commands.xreadgroup(
                        CONSUMER,
                        XReadArgs.Builder.count(COUNT).block(BLOCK_MILLIS),
                        StreamOffset.lastConsumed(Redis.STREAM))
                .get();
    }

    /** One acknowledgement for all of them, which goes out before they are asked for more. */
    private void handle(List<StreamMessage<String, byte[]>> messages) {
        if (messages.isEmpty()) {
            return;
        }
        String[] ids = new String[messages.size()];
        int count = 0;
        for (StreamMessage<String, byte[]> message : messages) {
            handler.accept(ByteBuffer.wrap(message.getBody().get(Redis.FIELD)));
            ids[count++] = message.getId();
        }
        commands.xack(Redis.STREAM, Redis.GROUP, ids);
    }
}
