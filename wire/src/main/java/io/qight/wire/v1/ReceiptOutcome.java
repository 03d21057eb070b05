package io.qight.wire.v1;

import java.nio.ByteBuffer;
import java.util.List;

/** What became of a SEND. */
public sealed interface ReceiptOutcome {
    /** The number on the wire. */
    int number();

    /** In its mailbox, at that durability: 1 fsync, 2 os, 3 memory. */
    record Stored(long durability) implements ReceiptOutcome {
        /** Checks the durability. */
        public Stored {
            Values.requireDurability(durability);
        }

        @Override
        public int number() {
            return 0;
        }
    }

    /** Taken before; that copy has that durability. */
    record Duplicate(long durability) implements ReceiptOutcome {
        /** Checks the durability. */
        public Duplicate {
            Values.requireDurability(durability);
        }

        @Override
        public int number() {
            return 1;
        }
    }

    /** Live-only: handed to so many. */
    record Handed(long receivers) implements ReceiptOutcome {
        @Override
        public int number() {
            return 2;
        }
    }

    /** Live-only: nobody was there. */
    record Nobody() implements ReceiptOutcome {
        @Override
        public int number() {
            return 3;
        }
    }

    /** It may or may not have been stored before, and was not stored now. */
    record OutcomeUnknown() implements ReceiptOutcome {
        @Override
        public int number() {
            return 4;
        }
    }

    /** Not stored. The code says whether to try again; {@code afterMillis} when. */
    record Refused(long code, String sentence, long afterMillis) implements ReceiptOutcome {
        /** Makes the sentence fit. */
        public Refused {
            sentence = Values.sentence(sentence);
        }

        @Override
        public int number() {
            return 5;
        }
    }

    /**
     * In their mailboxes, and the relay puts its name to it: see {@code docs/protocol.md}, section
     * 6.14.
     *
     * @param durability as in {@link Stored}
     * @param relayKey whose signature it is
     * @param deadlinesMillis of each SEND that the receipt speaks of, in milliseconds since 1970
     * @param signature over all of them
     */
    record Signed(
            long durability, ByteBuffer relayKey, List<Long> deadlinesMillis, ByteBuffer signature)
            implements ReceiptOutcome {
        /** The most SENDs in one receipt. */
        public static final int SENDS_MAX = 1024;

        /** Checks the fields, and copies the list. */
        public Signed {
            Values.requireDurability(durability);
            deadlinesMillis = List.copyOf(deadlinesMillis);
            Values.require(
                    !deadlinesMillis.isEmpty() && deadlinesMillis.size() <= SENDS_MAX,
                    "a signed receipt is for 1 to " + SENDS_MAX + " envelopes");
        }

        @Override
        public int number() {
            return 6;
        }
    }
}
