package io.qight.client.v1;

import io.qight.client.RefusedException;
import java.util.ArrayList;
import java.util.List;

/** What a subscription told, in words, and what it delivered. */
final class Told implements SubscriptionEvents {
    final List<String> events = new ArrayList<>();
    final List<ReceivedEnvelope> deliveries = new ArrayList<>();

    @Override
    public void delivered(ReceivedEnvelope delivery) {
        deliveries.add(delivery);
        events.add("delivered " + delivery.number());
    }

    @Override
    public void lost(long delivery) {
        events.add("lost " + delivery);
    }

    @Override
    public void answered(long delivery, boolean removed) {
        events.add((removed ? "removed " : "not removed ") + delivery);
    }

    @Override
    public void added(String mailbox) {
        events.add("added " + mailbox);
    }

    @Override
    public void refused(String mailbox, RefusedException why) {
        events.add("refused " + mailbox + " " + why.code().token());
    }

    @Override
    public void removed(String mailbox) {
        events.add("removed " + mailbox);
    }

    @Override
    public void caughtUp() {
        events.add("caught up");
    }

    @Override
    public void ended(RefusedException why) {
        events.add("ended " + why.code().token());
    }

    /** What was told since the last time. */
    List<String> next() {
        List<String> next = List.copyOf(events);
        events.clear();
        return next;
    }
}
