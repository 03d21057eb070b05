package io.qight.wire;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.UUID;

/** Envelopes of all sorts. */
public final class RandomEnvelopes {
    private static final int[] LENGTHS = {0, 1, 2, 7, 8, 36, 85, 255, 256, 300};

    private RandomEnvelopes() {}

    /** Any envelope that can be built: texts of all planes, numbers of all sizes. */
    public static MessageEnvelope any(Random random) {
        return MessageEnvelope.builder()
                .id(text(random))
                .sender(text(random))
                .recipient(text(random))
                .timestampSeconds(number(random))
                .ttlSeconds(number(random) & MessageEnvelope.TTL_SECONDS_MAX)
                .payload(bytes(random))
                .build();
    }

    /** Any envelope that a client of version 1 may send, live-only ones included. */
    public static MessageEnvelope forMailbox(Random random) {
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder()
                        .id(random.nextBoolean() ? text(random) : uuid(random))
                        .sender(name(random))
                        .recipient("m" + name(random).replaceFirst("^.{1,2}", ""))
                        .timestampSeconds(number(random))
                        .ttlMillis(number(random) & ((1L << 41) - 1))
                        .payload(bytes(random));
        for (int i = random.nextInt(4) * random.nextInt(22); i > 0; i--) {
            builder.header("h" + random.nextInt(1_000), bytes(random));
        }
        return builder.build();
    }

    /** 0 to 255 bytes without control characters. */
    public static String name(Random random) {
        String text = text(random).replaceAll("\\p{Cc}", "_");
        while (text.getBytes(StandardCharsets.UTF_8).length > 255) {
            text = text.substring(text.offsetByCodePoints(0, 1));
        }
        return text;
    }

    /** A text of any characters but halves of surrogate pairs. */
    public static String text(Random random) {
        int bound = random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1;
        return random.ints(length(random), 0, bound)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String uuid(Random random) {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[length(random)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int length(Random random) {
        return LENGTHS[random.nextInt(LENGTHS.length)];
    }

    private static long number(Random random) {
        return random.nextLong() >>> random.nextInt(Long.SIZE);
    }
}
