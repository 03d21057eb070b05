package io.qight.client;

import io.qight.client.v1.Handed;
import io.qight.client.v1.Receiver;
import io.qight.identity.OpenedEnvelope;
import java.util.Objects;
import java.util.function.Consumer;

/** Runs a program's handler, and answers by what it does. */
final class HandlerProgram implements Receiver.Program {
    private final DeliveryHandler handler;
    private final SubscribeOptions options;
    private final Callbacks callbacks;
    private final Consumer<UnreadableDelivery> unreadable;

    HandlerProgram(
            DeliveryHandler handler,
            SubscribeOptions options,
            Callbacks callbacks,
            Consumer<UnreadableDelivery> unreadable) {
        this.handler = handler;
        this.options = options;
        this.callbacks = callbacks;
        this.unreadable = unreadable;
    }

    @Override
    public void handle(Handed delivery, OpenedEnvelope opened) {
        HandlerThread.run(() -> handleHere(delivery, opened));
    }

    @Override
    public void unreadable(UnreadableDelivery delivery) {
        unreadable.accept(delivery);
    }

    @Override
    public void refused(String mailbox, RefusedException why) {
        callbacks.execute(() -> options.refusedListener().accept(mailbox, why));
    }

    @SuppressWarnings("CatchingUnchecked")
    private void handleHere(Handed delivery, OpenedEnvelope opened) {
        try {
            handler.handle(new Delivery(delivery, opened, callbacks));
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
