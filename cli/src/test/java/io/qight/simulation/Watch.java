package io.qight.simulation;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.ReceiptOutcome;
import io.qight.wire.v1.StreamKind;

/** What must hold at every moment of what goes over the network. */
final class Watch {
    private final World world;
    private final WatchedStore store;
    private long saidStored;

    Watch(World world, WatchedStore store) {
        this.world = world;
        this.store = store;
    }

    /** A frame has come to the relay, written so long ago. */
    void arriving(Frame frame, long sentMillis) {
        if (frame instanceof Frame.Send send) {
            Letter letter = store.letter(send.envelope().nioBuffer());
            long ageMillis = sentMillis - letter.acceptedMillis;
            letter.deadlineMaxMillis =
                    Math.max(
                            letter.deadlineMaxMillis,
                            world.relayMillis() + letter.ttlMillis - ageMillis);
        }
    }

    /** The relay hands a delivery to the transport. */
    void handingOut(Frame.Deliver deliver) {
        Letter letter = store.letter(deliver.envelope().nioBuffer());
        long leftMillis = store.deadlineMillis(letter) - world.relayMillis();
        Rule.DEADLINES.holds(leftMillis > -5, "%s is handed out late", letter);
        Rule.DEADLINES.holds(
                deliver.leftMillis() <= leftMillis + 5,
                "%s has %d ms left, and is said to have %d",
                letter,
                leftMillis,
                deliver.leftMillis());
    }

    /** The relay writes what is no delivery. */
    void writing(Frame frame) {
        if (frame instanceof Frame.Receipt receipt
                && receipt.outcome() instanceof ReceiptOutcome.Stored) {
            saidStored += receipt.more() + 1;
            Rule.PAGE.holds(
                    saidStored <= store.stored(),
                    "%d were stored, and %d are said to be",
                    store.stored(),
                    saidStored);
        }
    }

    /** The relay ends a stream. */
    void failing(StreamKind kind, ErrorCode code, String sentence) {
        boolean clientsFault =
                switch (code) {
                    case BAD_NUMBER,
                            WINDOW_EXCEEDED,
                            WRONG_STATE,
                            UNKNOWN_FRAME,
                            MALFORMED_FRAME,
                            FRAME_TOO_LARGE ->
                            true;
                    default -> false;
                };
        Rule.PAGE.holds(!clientsFault, "a %s stream ends: %s, %s", kind, code, sentence);
    }
}
