package io.qight.wire.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.MalformedInputException;

/** Strict decoding: a {@code String} constructor would put U+FFFD for what is not UTF-8. */
public final class Utf8 {
    private Utf8() {}

    /** The text that the readable bytes are; the reader index stays. */
    public static String decode(ByteBuf bytes) throws CharacterCodingException {
        // Checked in place, since a decoder would first make room for the largest text.
        if (!ByteBufUtil.isText(bytes, UTF_8)) {
            throw new MalformedInputException(bytes.readableBytes());
        }
        return bytes.toString(UTF_8);
    }
}
