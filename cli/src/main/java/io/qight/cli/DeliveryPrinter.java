package io.qight.cli;

import io.qight.client.Delivery;
import java.io.IOException;

/** Prints each message, one after the other. */
final class DeliveryPrinter implements DeliveryReceiver {
    private final EnvelopeForm form;
    private final Output out;

    DeliveryPrinter(EnvelopeForm form, Output out) {
        this.form = form;
        this.out = out;
    }

    @Override
    public synchronized Verdict receive(Delivery delivery) throws IOException {
        form.print(
                delivery.envelope(),
                delivery.authenticity(),
                object ->
                        object.flag("sealed", delivery.sealed())
                                .text("mailbox", delivery.mailbox())
                                .number("leftMillis", delivery.timeLeft().toMillis())
                                .number("deliveries", delivery.deliveries())
                                .number("failures", delivery.failures()),
                out);
        // Only what cannot be lost any more is done with.
        out.sync();
        return new Verdict.Done();
    }
}
