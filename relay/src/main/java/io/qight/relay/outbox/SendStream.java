package io.qight.relay.outbox;

import io.qight.store.OutboxId;

/**
 * A SEND stream whose outbox is open, as the writer knows it.
 *
 * @param outbox whose numbers it brings
 * @param taken the numbers that were taken, on this stream or before
 * @param refused those that stand refused on it
 * @param sender who sends on it
 */
public record SendStream(
        OutboxId outbox, TakenNumbers taken, RefusedNumbers refused, Sender sender) {}
