package io.qight.client;

import io.qight.client.v1.Handed;
import io.qight.client.v1.Receiver;
import java.util.Objects;

/** Runs a program's handler, and answers by what it does. */
final class HandlerProgram implements Receiver.Program {
    private final DeliveryHandler handler;
    private final SubscribeOptions options;
    private final Callbacks callbacks;

    HandlerProgram(DeliveryHandler handler, SubscribeOptions options, Callbacks callbacks) {
        this.handler = handler;
        this.options = options;
        this.callbacks = callbacks;
    }

    @Override
    public void handle(Handed delivery) {
        HandlerThread.run(() -> handleHere(delivery));
    }

    @Override
    public void refused(String mailbox, RefusedException why) {
        callbacks.execute(() -> options.refusedListener().accept(mailbox, why));
    }

    @SuppressWarnings("CatchingUnchecked")
    private void handleHere(Handed delivery) {
        try {
            handler.handle(new Delivery(delivery, callbacks));
            if (!options.manualAck()) {
                delivery.ack();
            }
        } catch (InterruptedException e) {
            fail(delivery, e);
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            fail(delivery, e);
        } catch (Error e) {
            fail(delivery, e);
            throw e;
        }
    }

    private void fail(Handed delivery, Throwable failure) {
        String reason = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        delivery.nack(options.retryMillis(delivery.received().failures()), false, reason);
    }
}
