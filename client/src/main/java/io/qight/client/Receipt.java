package io.qight.client;

import io.qight.identity.StorageProof;
import java.util.Optional;

/** The relay's answer to an envelope that it took. */
public sealed interface Receipt {
    /**
     * It is in its mailbox, and survives what {@code durability} says.
     *
     * @param proof what shows that to others, if the client asked for it and the relay signs
     */
    record Stored(Durability durability, Optional<StorageProof> proof) implements Receipt {
        /** One without a proof. */
        public Stored(Durability durability) {
            this(durability, Optional.empty());
        }
    }

    /**
     * It was in its mailbox before: the client had sent it again because an answer was lost. It was
     * stored once, and survives at least what {@code durability} says.
     */
    record Duplicate(Durability durability) implements Receipt {}

    /** It is live-only, and was handed to so many receivers; to nobody if 0. */
    record Handed(long receivers) implements Receipt {}
}
