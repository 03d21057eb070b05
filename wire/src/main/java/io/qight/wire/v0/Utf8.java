package io.qight.wire.v0;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.CharacterCodingException;

/** Strict decoding: a {@code String} constructor would put U+FFFD for what is not UTF-8. */
final class Utf8 {
    private Utf8() {}

    /** The text that the readable bytes are; the reader index stays. */
    static String decode(ByteBuf bytes) throws CharacterCodingException {
        if (ByteBufUtil.isText(bytes, US_ASCII)) {
            return bytes.toString(US_ASCII);
        }
        return UTF_8.newDecoder().decode(bytes.nioBuffer()).toString();
    }
}
