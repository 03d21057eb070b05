package io.qight.client;

/** What a program does with what is delivered to it. */
@FunctionalInterface
public interface DeliveryHandler {
    /**
     * Deals with a delivery, on the executor for callbacks. When it returns the delivery is acked;
     * when it throws it is given out again later, with the exception's message as reason. What the
     * handler has answered by {@link Delivery} itself stays as it is.
     */
    void handle(Delivery delivery) throws Exception;
}
