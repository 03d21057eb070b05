package io.qight.client.v1;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one connection's control stream ({@code docs/protocol.md}, section 6.5): HELLO,
 * limits, the relay's wish to end, and whether it still lives.
 */
public final class Control {
    /** What it tells; called while it handles a frame or the time. */
    public interface Events {
        /** The relay has let the client in. */
        void welcome(Frame.Welcome welcome);

        /** The limits are others now. */
        void limits(ConnectionLimits limits);

        /** The client's identity is proved. */
        void proved();

        /** The relay has answered what an owner asked. */
        void kept(Frame.Kept kept);

        /** The relay will close the connection. */
        void goAway(Frame.GoAway goAway);

        /** The connection is of no use any more: the code of an ERROR, or {@code timed_out}. */
        void failed(ErrorCode code, String sentence);
    }

    private final String clientId;
    private final Optional<Prover> prover;
    private final long pongMillis;
    private final Events events;
    private final long welcomeDueMillis;
    private final Deque<Frame> frames = new ArrayDeque<>();
    private long heardMillis;
    private long pingMillis;
    private long pingedMillis = Long.MAX_VALUE;
    private long pings;
    private boolean welcomed;
    private boolean proofUnderWay;
    private boolean over;

    /**
     * The rules of a connection that begins now.
     *
     * @param hello what the client says first
     * @param prover proves what it claims there, if anything
     * @param welcomeMillis how long to wait for WELCOME
     * @param pingMillis the silence after which the relay is asked whether it is there
     * @param pongMillis how long to wait for its answer
     */
    public Control(
            Frame.Hello hello,
            Optional<Prover> prover,
            long welcomeMillis,
            long pingMillis,
            long pongMillis,
            Events events,
            long now) {
        this.clientId = hello.clientId();
        this.prover = prover;
        this.pongMillis = pongMillis;
        this.events = events;
        this.welcomeDueMillis = now + welcomeMillis;
        this.pingMillis = pingMillis;
        this.heardMillis = now;
        frames.add(hello);
    }

    /** The next frame to write; null if there is none now. */
    public @Nullable Frame poll() {
        return frames.poll();
    }

    /** A frame came, on whatever stream. */
    public void heard(long now) {
        heardMillis = now;
    }

    /**
     * Takes a frame of the control stream.
     *
     * @throws ProtocolException if the relay may not say that
     */
    public void receive(Frame frame, long now) {
        heard(now);
        if (over) {
            return;
        }
        if (frame instanceof Frame.StreamError error) {
            Refusal refusal = Refusal.of(error.code(), error.sentence());
            fail(refusal.code(), refusal.sentence());
        } else if (frame instanceof Frame.Welcome welcome) {
            BadAnswer.unless(!welcomed, "a second WELCOME");
            welcomed = true;
            limits(welcome.limits());
            prover.ifPresent(one -> frames.add(one.answer(welcome, clientId)));
            proofUnderWay = prover.isPresent();
            events.welcome(welcome);
        } else if (frame instanceof Frame.Ping ping) {
            frames.add(new Frame.Pong(ping.opaque()));
        } else if (frame instanceof Frame.Pong pong) {
            BadAnswer.unless(pong.opaque() <= pings && pong.opaque() > 0, "a PONG without PING");
            if (pong.opaque() == pings) {
                pingedMillis = Long.MAX_VALUE;
            }
        } else if (frame instanceof Frame.Proved) {
            BadAnswer.unless(proofUnderWay, "PROVED, and nothing to prove");
            proofUnderWay = false;
            events.proved();
        } else if (!welcomed) {
            throw BadAnswer.because("a frame " + frame.type() + " before WELCOME");
        } else if (frame instanceof Frame.Limits limits) {
            limits(limits.limits());
            events.limits(limits.limits());
        } else if (frame instanceof Frame.Kept kept) {
            events.kept(kept);
        } else if (frame instanceof Frame.GoAway goAway) {
            events.goAway(goAway);
        } else {
            throw BadAnswer.because("a frame " + frame.type() + " on the control stream");
        }
    }

    /** When to {@link #tick} though nothing else happens. */
    public long dueMillis() {
        if (over) {
            return Long.MAX_VALUE;
        } else if (!welcomed) {
            return welcomeDueMillis;
        } else if (pingedMillis != Long.MAX_VALUE) {
            return pingedMillis + pongMillis;
        }
        return heardMillis + pingMillis;
    }

    /** Pings where nothing was heard, and gives up where nothing comes. */
    public void tick(long now) {
        if (now < dueMillis()) {
            return;
        }
        if (!welcomed) {
            fail(ErrorCode.TIMED_OUT, "the relay did not say WELCOME in time");
        } else if (pingedMillis != Long.MAX_VALUE) {
            fail(ErrorCode.CONNECTION_LOST, "the relay did not answer in time");
        } else {
            pingedMillis = now;
            frames.add(new Frame.Ping(++pings));
        }
    }

    private void limits(ConnectionLimits limits) {
        pingMillis = Math.max(1, Math.min(pingMillis, limits.idleMillis() / 3));
    }

    private void fail(ErrorCode code, String sentence) {
        over = true;
        events.failed(code, sentence);
    }
}
