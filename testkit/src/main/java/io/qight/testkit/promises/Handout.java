package io.qight.testkit.promises;

import org.jspecify.annotations.Nullable;

/** One delivery and what became of it. */
final class Handout {
    /** When it is not known in which run of the relay it was handed out. */
    static final int RUN_UNKNOWN = -1;

    final Event.Delivered event;

    /** How often the relay had ended when it was handed out. */
    final int run;

    /** Where its subscription's connection was recorded; -1 if it was not. */
    final int connectedPosition;

    private Event.@Nullable Acking acking;
    private Event.@Nullable Acked acked;
    private Event.@Nullable Nacking nacking;
    private boolean nackedAsDead;
    private boolean leaseLost;

    Handout(Event.Delivered event, int run, int connectedPosition) {
        this.event = event;
        this.run = run;
        this.connectedPosition = connectedPosition;
    }

    Delivery delivery() {
        return event.delivery();
    }

    /** The first of them. */
    Event.@Nullable Acking acking() {
        return acking;
    }

    /** The first of them. */
    Event.@Nullable Acked acked() {
        return acked;
    }

    /** The first of them. */
    Event.@Nullable Nacking nacking() {
        return nacking;
    }

    boolean nackedAsDead() {
        return nackedAsDead;
    }

    /** Whether the receiver gave it back or was told that it lost it. */
    boolean givenUp() {
        return nacking != null || leaseLost;
    }

    void add(Event.Acking event) {
        acking = acking == null ? event : acking;
    }

    void add(Event.Acked event) {
        acked = acked == null ? event : acked;
    }

    void add(Event.Nacking event) {
        nacking = nacking == null ? event : nacking;
        nackedAsDead |= event.dead();
    }

    void loseLease() {
        leaseLost = true;
    }
}
