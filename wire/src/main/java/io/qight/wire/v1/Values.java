package io.qight.wire.v1;

import io.netty.buffer.ByteBufUtil;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Sentence;
import io.qight.wire.text.Unicode;
import java.nio.ByteBuffer;

/**
 * What values a field may have. Frames check it when they are made, so that what cannot be read
 * cannot be written either.
 */
final class Values {
    private static final int NAME_BYTES_MAX = 255;
    private static final int SENTENCE_BYTES_MAX = 1024;
    private static final long DURABILITY_MAX = 3;

    private Values() {}

    static void require(boolean allowed, String otherwise) {
        if (!allowed) {
            throw new ProtocolException(ErrorCode.MALFORMED_FRAME, otherwise);
        }
    }

    static void requireEncodable(String text) {
        require(Unicode.isEncodable(text), "a text has half a surrogate pair");
    }

    static void requireName(String name) {
        requireEncodable(name);
        require(
                ByteBufUtil.utf8Bytes(name) <= NAME_BYTES_MAX
                        && name.chars().noneMatch(Character::isISOControl),
                "a name has at most " + NAME_BYTES_MAX + " bytes and no control characters");
    }

    static void requireDurability(long durability) {
        require(
                durability >= 1 && durability <= DURABILITY_MAX,
                "there is no durability " + durability);
    }

    static void requireSignature(ByteBuffer signature) {
        require(
                signature.remaining() == Frame.Prove.SIGNATURE_BYTES,
                "a signature has " + Frame.Prove.SIGNATURE_BYTES + " bytes");
    }

    /** Refuses what is too long to arrive; {@link #sentence} makes fit what is to be sent. */
    static String readSentence(FieldReader in) {
        return in.string(SENTENCE_BYTES_MAX);
    }

    static String sentence(String text) {
        return Sentence.fit(text, SENTENCE_BYTES_MAX);
    }
}
