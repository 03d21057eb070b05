package io.qight.client.v0;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.EnvelopeCodec;
import io.qight.wire.v0.Request;
import io.qight.wire.v0.RequestCodec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: what to write, how to read the answer, and the answer. Made on any
 * thread; once submitted its connection's event loop owns it, and alone completes {@link #answer}.
 *
 * @param <T> what the answer says
 */
public final class PendingRequest<T> {
    private static final int HEAD_BYTES = 64;

    private final Function<ByteBufAllocator, ByteBuf> encoder;
    private final AnswerDecoder<T> decoder;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    /** Null unless it is a FETCH. */
    private final @Nullable EnvelopeSink sink;

    /** Zero unless it is a SEND. */
    private final long envelopeBytes;

    private @Nullable RequestStream<T> stream;
    private @Nullable Future<?> timer;
    private @Nullable WaitingRoom room;
    private boolean begun;

    private PendingRequest(
            Function<ByteBufAllocator, ByteBuf> encoder,
            AnswerDecoder<T> decoder,
            @Nullable EnvelopeSink sink,
            long envelopeBytes) {
        this.encoder = encoder;
        this.decoder = decoder;
        this.sink = sink;
        this.envelopeBytes = envelopeBytes;
    }

    /**
     * A HELLO; the answer is the relay's line of welcome.
     *
     * @throws ProtocolException if the id is no name
     */
    public static PendingRequest<String> hello(String clientId) {
        Request head = new Request.Hello(clientId);
        return new PendingRequest<>(line(head), new AnswerDecoder.Welcome(), null, 0);
    }

    /**
     * A SEND; the answer is that the envelope was stored.
     *
     * @throws ProtocolException if the recipient is no name
     */
    public static PendingRequest<Boolean> send(MessageEnvelope envelope) {
        MailboxName recipient = new MailboxName(envelope.recipient());
        long bytes =
                envelope.payloadBytes()
                        + 3L * (envelope.id().length() + envelope.sender().length())
                        + recipient.value().length()
                        + HEAD_BYTES;
        return new PendingRequest<>(
                allocator -> encodeSend(envelope, allocator),
                new AnswerDecoder.Stored(),
                null,
                bytes);
    }

    /**
     * A FETCH; the answer is how many envelopes the sink was given.
     *
     * @throws ProtocolException if the recipient is no name
     */
    public static PendingRequest<Long> fetch(String recipient, EnvelopeSink sink) {
        Request head = new Request.Fetch(recipient);
        return new PendingRequest<>(line(head), new AnswerDecoder.Fetched(sink), sink, 0);
    }

    /** What the answer says; completed on an event loop, so nothing slow may hang on it. */
    public CompletableFuture<T> answer() {
        return answer;
    }

    /**
     * What to write, all of it; from now on a SEND's outcome is unknown until it is answered.
     *
     * @throws ProtocolException if the envelope is too large
     */
    ByteBuf begin(ByteBufAllocator allocator) {
        ByteBuf bytes = encoder.apply(allocator);
        begun = true;
        return bytes;
    }

    /** Whether its bytes may have left. */
    boolean begun() {
        return begun;
    }

    /** The stream that will carry it; null while it waits. */
    @Nullable RequestStream<T> stream() {
        return stream;
    }

    RequestStream<T> newStream(RelayConnection connection) {
        RequestStream<T> made = new RequestStream<>(this, connection);
        stream = made;
        return made;
    }

    /** Whether there is room for it to wait in; until {@link #leave} it counts there. */
    boolean enter(WaitingRoom waitingRoom) {
        boolean entered = waitingRoom.enter(envelopeBytes);
        room = entered ? waitingRoom : null;
        return entered;
    }

    void leave() {
        if (room != null) {
            room.leave(envelopeBytes);
            room = null;
        }
    }

    /** What will end it if nothing else does. */
    void timer(Future<?> task) {
        timer = task;
    }

    void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** Whether an answer of FETCH is, or may be, on its way and will not be here whole. */
    boolean leavesAnswerUnread(Failure failure) {
        return begun && fetches() && (!failure.refusal() || decoder.carried());
    }

    boolean fetches() {
        return sink != null;
    }

    boolean sends() {
        return envelopeBytes > 0;
    }

    /** About what it holds in memory. */
    long envelopeBytes() {
        return envelopeBytes;
    }

    AnswerDecoder<T> decoder() {
        return decoder;
    }

    /** Whether the answer may go on; if not, {@code resume} will run when it may. */
    boolean hasRoom(Runnable resume) {
        return sink == null || sink.hasRoom(resume);
    }

    boolean done() {
        return answer.isDone();
    }

    void succeed(T result) {
        answer.complete(result);
    }

    void fail(Failure failure) {
        boolean unknown = begun && sends() && !failure.refusal();
        answer.completeExceptionally(unknown ? failure.outcomeUnknown() : failure.exception());
    }

    private static Function<ByteBufAllocator, ByteBuf> line(Request head) {
        return allocator -> {
            ByteBuf out = allocator.buffer(HEAD_BYTES, RequestCodec.LINE_BYTES_MAX);
            RequestCodec.encode(head, out);
            return out;
        };
    }

    private static ByteBuf encodeSend(MessageEnvelope envelope, ByteBufAllocator allocator) {
        ByteBuf body = EnvelopeCodec.encode(envelope, allocator);
        ByteBuf head = allocator.buffer(HEAD_BYTES);
        RequestCodec.encode(new Request.Send(body.readableBytes()), head);
        // One buffer, so that one write takes both and a small envelope needs one packet.
        return allocator.compositeBuffer(2).addComponents(true, head, body);
    }
}
