/**
 * The rules of outboxes as the store's writer applies them: which are open on which stream, which
 * numbers were taken, what comes after a refusal. All of it is pure and belongs to the writer's
 * thread: no socket, no clock, no store.
 */
@NullMarked
package io.qight.relay.outbox;

import org.jspecify.annotations.NullMarked;
