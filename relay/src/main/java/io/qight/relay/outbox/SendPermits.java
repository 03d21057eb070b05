package io.qight.relay.outbox;

import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may send to a mailbox, and how much of it may be theirs. Belongs to the writer. */
public interface SendPermits {
    /** Room in a mailbox that somebody has taken, until it is known what became of the envelope. */
    interface Hold {
        /** It is in the mailbox, under that sequence. */
        void stored(long sequence);

        /** It is not. */
        void notStored();
    }

    /** Of what is not counted: one for all, since most SENDs have it. */
    Hold NOTHING_HELD =
            new Hold() {
                @Override
                public void stored(long sequence) {}

                @Override
                public void notStored() {}
            };

    /** The answer of {@link #hold} for what is not counted. */
    Optional<Hold> UNCOUNTED = Optional.of(NOTHING_HELD);

    /** Why an envelope may not be sent there, now or later; null if it may. */
    @Nullable Refusal refusal(Sender sender, Send send, long nowMillis);

    /** Counts an envelope; says why it comes too early, if it does, and does not count it then. */
    @Nullable Refusal rate(Sender sender, Send send, long nowMillis);

    /** Takes room for an envelope; empty if the sender has as much as it may. */
    Optional<Hold> hold(Sender sender, Send send);
}
