package io.qight.relay.delivery;

import io.qight.identity.IdentityKey;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A client's side of one FETCH stream, and the transport between. */
final class FetchClient implements Outlet {
    private final DeliveryFixture relay;
    private final Id id;
    private final MailboxAllowance allowance;

    /** Whom it has proved to be. */
    Optional<IdentityKey> identity = Optional.empty();

    Set<String> closedMailboxes = Set.of();

    /** All that the relay wrote, in order. */
    final List<Frame> frames = new ArrayList<>();

    Mode mode = Mode.SHARED;
    long opening = 1;
    long leaseMillis = 60_000;
    long creditEnvelopes = 1_000;
    long creditBytes = 1 << 20;
    long known;

    /** Whether the transport takes nothing more. */
    boolean full;

    /** Whether there is no memory for a delivery. */
    boolean refusing;

    /** Whether the transport tells at once what it took. */
    boolean takes = true;

    int probes;
    boolean finished;
    @Nullable ErrorCode failure;

    private long handed;
    private long told;
    private long mailboxes;

    FetchClient(DeliveryFixture relay, long id, MailboxAllowance allowance) {
        this.relay = relay;
        this.id = new Id(0, id);
        this.allowance = allowance;
        relay.clients.add(this);
    }

    /** The same subscription, on a new stream. */
    FetchClient again() {
        FetchClient next =
                new FetchClient(
                        relay,
                        id.low(),
                        new MailboxAllowance(
                                DeliveryFixture.LIMITS.mailboxesMax(),
                                new MailboxAllowance(1_000_000)));
        next.mode = mode;
        next.opening = opening + 1;
        next.leaseMillis = leaseMillis;
        next.creditEnvelopes = creditEnvelopes;
        next.creditBytes = creditBytes;
        next.known = delivered().stream().mapToLong(Long::longValue).max().orElse(known);
        return next;
    }

    /** Another stream of the same connection. */
    FetchClient beside(long otherId) {
        return new FetchClient(relay, otherId, allowance);
    }

    FetchClient subscribe(long... held) {
        sendSubscribe(held.length == 0 ? 0 : 1);
        if (held.length > 0) {
            send(new Frame.Hold(Ranges.ofSorted(held)));
        }
        return this;
    }

    void sendSubscribe(long hold) {
        relay.deliveries.open(this);
        send(
                new Frame.Subscribe(
                        id, opening, mode, leaseMillis, creditEnvelopes, creditBytes, known, hold));
    }

    /** Adds a mailbox under the next number. */
    long add(String name) {
        send(new Frame.Add(++mailboxes, name));
        return mailboxes;
    }

    void remove(long mailbox) {
        send(new Frame.Remove(mailbox));
    }

    void ack(long... numbers) {
        send(new Frame.Ack(Ranges.ofSorted(numbers)));
    }

    void ackRange(long first, long last) {
        send(new Frame.Ack(Ranges.of(first, last)));
    }

    void nack(long number, long delayMillis) {
        send(new Frame.Nack(Ranges.of(number, number), delayMillis, false, "not now"));
    }

    void nackDead(long number, String reason) {
        send(new Frame.Nack(Ranges.of(number, number), 0, true, reason));
    }

    void extend(long number, long millis) {
        send(new Frame.Extend(Ranges.of(number, number), millis));
    }

    void credit(long envelopes, long bytes) {
        send(new Frame.Credit(envelopes, bytes));
    }

    /** A frame arrives at the relay. */
    void send(Frame frame) {
        step(new FetchInput.Arrived(frame));
    }

    void pong() {
        step(new FetchInput.Alive());
    }

    void lose() {
        step(new FetchInput.Lost());
    }

    void end() {
        step(new FetchInput.Ended());
    }

    void step(FetchInput input) {
        relay.deliveries.step(this, input, relay.now);
        relay.run();
    }

    /** The transport tells what it took, if it took something. */
    boolean transportTakes() {
        if (takes && told < handed) {
            told = handed;
            relay.deliveries.step(this, new FetchInput.Taken(told), relay.now);
            return true;
        }
        return false;
    }

    /** The transport has room again. */
    void room() {
        full = false;
        refusing = false;
        step(new FetchInput.Taken(handed));
    }

    @Override
    public boolean ready() {
        return !full && !over();
    }

    @Override
    public boolean deliver(Handout handout) {
        if (!ready() || refusing) {
            return false;
        }
        handed = handout.number();
        frames.add(
                new Frame.Deliver(
                        handout.mailbox(),
                        handout.number(),
                        handout.deadlineMillis() - relay.now,
                        handout.deliveries(),
                        handout.failures(),
                        handout.envelope()));
        return true;
    }

    @Override
    public void write(Frame frame) {
        if (!over()) {
            frames.add(frame);
        }
    }

    @Override
    public void probe() {
        probes++;
    }

    @Override
    public void fail(ErrorCode code, String sentence) {
        if (!over()) {
            failure = code;
        }
    }

    @Override
    public void finish() {
        finished = !over();
    }

    @Override
    public Optional<IdentityKey> identity() {
        return identity;
    }

    @Override
    public boolean mayFetch(String mailbox) {
        return !closedMailboxes.contains(mailbox);
    }

    @Override
    public MailboxAllowance allowance() {
        return allowance;
    }

    private boolean over() {
        return finished || failure != null;
    }

    /** The frames of one kind. */
    <T extends Frame> List<T> all(Class<T> kind) {
        return frames.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The last frame of one kind. */
    <T extends Frame> T last(Class<T> kind) {
        List<T> all = all(kind);
        return all.get(all.size() - 1);
    }

    List<Long> delivered() {
        return all(Frame.Deliver.class).stream().map(Frame.Deliver::delivery).toList();
    }

    List<String> payloads() {
        return all(Frame.Deliver.class).stream().map(FetchClient::payload).toList();
    }

    static String payload(Frame.Deliver deliver) {
        return EnvelopeCodec.decode(deliver.envelope().duplicate(), 0).payloadText();
    }

    List<Long> acked() {
        return all(Frame.Acked.class).stream().flatMap(one -> numbers(one.deliveries())).toList();
    }

    /** Numbers that LEASE_LOST named as the answer to ACK. */
    List<Long> ackLost() {
        return lost(FrameType.ACK.number());
    }

    List<Long> extendLost() {
        return lost(FrameType.EXTEND.number());
    }

    List<Long> unaskedLost() {
        return lost(0);
    }

    List<Long> held() {
        return all(Frame.Held.class).stream().flatMap(one -> numbers(one.deliveries())).toList();
    }

    private List<Long> lost(long answers) {
        return all(Frame.LeaseLost.class).stream()
                .filter(one -> one.answers() == answers)
                .flatMap(one -> numbers(one.deliveries()))
                .toList();
    }

    static Stream<Long> numbers(Ranges ranges) {
        return ranges.list().stream()
                .flatMapToLong(range -> LongStream.rangeClosed(range.first(), range.last()))
                .boxed();
    }
}
