package io.qight.client.v1;

import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.StreamKind;
import org.jspecify.annotations.Nullable;

/** What a {@link FrameStream} carries. Called on the event loop. */
interface StreamRules {
    /** Which frames may come. */
    StreamKind kind();

    /** The next frame to write; null if there is none now. */
    @Nullable Frame poll(long now);

    /** Whether, after what {@link #poll} gave, the stream's end is to be written. */
    boolean wantsEnd();

    /**
     * A frame came.
     *
     * @throws ProtocolException if the relay may not say that
     */
    void receive(Frame frame, long now);

    /**
     * The relay has ended its side between two frames.
     *
     * @throws ProtocolException if it may not
     */
    void inputEnded();

    /** The stream is gone, and nothing more comes. */
    void lost();
}
