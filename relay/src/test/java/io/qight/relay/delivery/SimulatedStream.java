package io.qight.relay.delivery;

import io.qight.identity.IdentityKey;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Random;

/** Both directions of one FETCH stream, each with what is on its way, and the transport's room. */
final class SimulatedStream implements Outlet {
    final ModelStream model = new ModelStream();
    final Deque<FetchInput> toRelay = new ArrayDeque<>();
    final Deque<Frame> toClient = new ArrayDeque<>();

    /** Deliveries that the transport has not taken. */
    final Deque<Long> untaken = new ArrayDeque<>();

    private final PromiseModel promises;
    private final Random random;
    private final MailboxAllowance allowance =
            new MailboxAllowance(1_000, new MailboxAllowance(1_000_000));
    private final int window;

    /** Whether a PING is on its way, or its PONG. */
    boolean asked;

    /** Whether the last delivery was refused for want of memory. */
    boolean refused;

    boolean lostAtClient;
    boolean overAtRelay;

    SimulatedStream(PromiseModel promises, Random random) {
        this.promises = promises;
        this.random = random;
        this.window = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1_000;
    }

    @Override
    public boolean ready() {
        return !overAtRelay && !refused && untaken.size() < window;
    }

    @Override
    public boolean deliver(Handout handout) {
        if (ready() && random.nextInt(30) == 0) {
            refused = true;
        }
        if (!ready()) {
            return false;
        }
        promises.delivered(model, handout);
        untaken.add(handout.number());
        toClient.add(
                new Frame.Deliver(
                        handout.mailbox(),
                        handout.number(),
                        1,
                        handout.deliveries(),
                        handout.failures(),
                        handout.envelope()));
        return true;
    }

    @Override
    public void write(Frame frame) {
        if (!overAtRelay) {
            promises.written(model, frame);
            toClient.add(frame);
        }
    }

    @Override
    public void probe() {
        if (!overAtRelay) {
            promises.probed(model);
            asked = true;
        }
    }

    @Override
    public void fail(ErrorCode code, String sentence) {
        if (!overAtRelay) {
            promises.failed(model, code);
            overAtRelay = true;
            toClient.add(new Frame.StreamError(code.number(), sentence));
        }
    }

    @Override
    public void finish() {
        if (!overAtRelay) {
            promises.finished(model);
            overAtRelay = true;
            toClient.add(new Frame.StreamError(0, ""));
        }
    }

    @Override
    public Optional<IdentityKey> identity() {
        return Optional.empty();
    }

    @Override
    public boolean mayFetch(String mailbox) {
        return true;
    }

    @Override
    public MailboxAllowance allowance() {
        return allowance;
    }
}
