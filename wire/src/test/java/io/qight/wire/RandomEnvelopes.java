package io.qight.wire;

import java.util.Random;

/** Envelopes of all sorts. */
public final class RandomEnvelopes {
    private static final int[] LENGTHS = {0, 1, 2, 7, 8, 36, 85, 255, 256, 300};

    private RandomEnvelopes() {}

    /** Any envelope that can be built: texts of all planes, numbers of all sizes. */
    public static MessageEnvelope any(Random random) {
        byte[] payload = new byte[length(random)];
        random.nextBytes(payload);
        return MessageEnvelope.builder()
                .id(text(random))
                .sender(text(random))
                .recipient(text(random))
                .timestampSeconds(number(random))
                .ttlSeconds(number(random) & MessageEnvelope.TTL_SECONDS_MAX)
                .payload(payload)
                .build();
    }

    /** A text of any characters but halves of surrogate pairs. */
    public static String text(Random random) {
        int bound = random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1;
        return random.ints(length(random), 0, bound)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static int length(Random random) {
        return LENGTHS[random.nextInt(LENGTHS.length)];
    }

    private static long number(Random random) {
        return random.nextLong() >>> random.nextInt(Long.SIZE);
    }
}
