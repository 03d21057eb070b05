package io.qight.bench.peers;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Redis: a stream with a consumer group, in an append-only file, by Lettuce. */
final class Redis implements Peer {
    static final String STREAM = "bench";
    static final String GROUP = "receivers";
    static final String FIELD = "p";
    private static final RedisCodec<String, byte[]> CODEC =
            RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);

    /** Far more than wait at any time: what is cut off was acknowledged long ago. */
    private static final long LENGTH_MAX = 1_000_000;

    private final boolean syncs;
    private final boolean tls;

    Redis(boolean syncs, boolean tls) {
        this.syncs = syncs;
        this.tls = tls;
    }

    @Override
    public String name() {
        return "redis-" + (syncs ? "always" : "everysec") + (tls ? "-tls" : "");
    }

    @Override
    public boolean tls() {
        return tls;
    }

    @Override
    public String program() {
        return "redis-server";
    }

    @Override
    public String versionOption() {
        return "--version";
    }

    @Override
    public String client() {
        return Peers.jar(RedisClient.class);
    }

    @Override
    public String stored() {
        return syncs
                ? "written to a file and synced before the answer"
                : "in memory and written to a file, synced every second";
    }

    @Override
    public String setUp() {
        return "appendonly yes, appendfsync "
                + (syncs ? "always" : "everysec")
                + ", no snapshots, no rewriting of the file during the run; XADD MAXLEN ~ "
                + LENGTH_MAX
                + ", pipelined: commands of a batch are flushed together; XREADGROUP COUNT "
                + RedisReceiver.COUNT
                + ", BLOCK, then one XACK for all of them, before the next XREADGROUP's answer";
    }

    @Override
    public List<String> serverArguments(Place place) {
        List<String> arguments = new ArrayList<>(List.of("--bind", Place.HOST));
        String port = Integer.toString(place.port());
        if (tls) {
            arguments.addAll(List.of("--port", "0", "--tls-port", port));
            arguments.addAll(List.of("--tls-cert-file", place.certificate().toString()));
            arguments.addAll(List.of("--tls-key-file", place.key().toString()));
            arguments.addAll(List.of("--tls-ca-cert-file", place.certificate().toString()));
            arguments.addAll(List.of("--tls-auth-clients", "no"));
        } else {
            arguments.addAll(List.of("--port", port));
        }
        arguments.addAll(List.of("--dir", place.directory().toString(), "--save", ""));
        arguments.addAll(List.of("--appendonly", "yes"));
        arguments.addAll(List.of("--appendfsync", syncs ? "always" : "everysec"));
        arguments.addAll(List.of("--auto-aof-rewrite-percentage", "0"));
        return arguments;
    }

    @Override
    public void prepare(Place place) {
        try (RedisClient client = client(place)) {
            client.connect()
                    .sync()
                    .xgroupCreate(
                            StreamOffset.from(STREAM, "0"),
                            GROUP,
                            XGroupCreateArgs.Builder.mkstream());
        }
    }

    @Override
    public PeerSender sender(Place place) {
        RedisClient client = client(place);
        StatefulRedisConnection<String, byte[]> connection = client.connect(CODEC);
        connection.setAutoFlushCommands(false);
        RedisAsyncCommands<String, byte[]> commands = connection.async();
        XAddArgs length = XAddArgs.Builder.maxlen(LENGTH_MAX).approximateTrimming();
        return new PeerSender() {
            @Override
            public CompletionStage<?> send(byte[] payload) {
                return commands.xadd(STREAM, length, Map.of(FIELD, payload));
            }

            @Override
            public void flush() {
                connection.flushCommands();
            }
        };
    }

    @Override
    public void receive(Place place, Consumer<ByteBuffer> handler) {
        RedisAsyncCommands<String, byte[]> commands = client(place).connect(CODEC).async();
        Thread thread = new Thread(new RedisReceiver(commands, handler), "redis-receiver");
        thread.setDaemon(true);
        thread.start();
    }

    private RedisClient client(Place place) {
        RedisClient client =
                RedisClient.create(
                        RedisURI.builder()
                                .withHost(Place.HOST)
                                .withPort(place.port())
                                .withSsl(tls)
                                .build());
        ClientOptions.Builder options = ClientOptions.builder().autoReconnect(false);
        if (tls) {
            options.sslOptions(
                    SslOptions.builder()
                            .jdkSslProvider()
                            .trustManager(place.certificate().toFile())
                            .build());
        }
        client.setOptions(options.build());
        return client;
    }
}
