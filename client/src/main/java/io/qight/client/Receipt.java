package io.qight.client;

/** The relay's answer to an envelope that it took. */
public sealed interface Receipt {
    /** It is in its mailbox, and survives what {@code durability} says. */
    record Stored(Durability durability) implements Receipt {}

    /**
     * It was in its mailbox before: the client had sent it again because an answer was lost. It was
     * stored once, and survives at least what {@code durability} says.
     */
    record Duplicate(Durability durability) implements Receipt {}

    /** It is live-only, and was handed to so many receivers; to nobody if 0. */
    record Handed(long receivers) implements Receipt {}
}
