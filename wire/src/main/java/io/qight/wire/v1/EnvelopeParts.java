package io.qight.wire.v1;

import java.nio.ByteBuffer;

/**
 * The parts of an envelope's bytes, as they are carried: what is signed, and what is sealed. They
 * are read-only views of what they were read from, and live as long as that.
 *
 * @param whole all of its bytes
 * @param header what the clear header says
 * @param clearHeader the bytes of the clear header
 * @param body the bytes of the body, without the length before them
 * @param signature the bytes behind the body; none if it is not signed, or sealed
 */
public record EnvelopeParts(
        ByteBuffer whole,
        EnvelopeHeader header,
        ByteBuffer clearHeader,
        ByteBuffer body,
        ByteBuffer signature) {}
