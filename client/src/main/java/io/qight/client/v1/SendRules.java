package io.qight.client.v1;

import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import org.jspecify.annotations.Nullable;

/** The stream of an outbox. */
final class SendRules implements StreamRules {
    private final Outbox outbox;
    private @Nullable Frame first;

    SendRules(Outbox outbox) {
        this.outbox = outbox;
    }

    /** A stream begins, with this frame. */
    void begin(Frame frame) {
        first = frame;
    }

    @Override
    public StreamKind kind() {
        return StreamKind.SEND;
    }

    @Override
    public @Nullable Frame poll(long now) {
        Frame frame = first;
        first = null;
        return frame != null ? frame : outbox.poll(now);
    }

    @Override
    public boolean wantsEnd() {
        return false;
    }

    @Override
    public void receive(Frame frame, long now) {
        outbox.receive(frame, now);
    }

    @Override
    public void inputEnded() {
        throw BadAnswer.because("the relay ended a SEND stream by itself");
    }

    @Override
    public void lost() {
        outbox.lost();
    }
}
