package io.qight.cli;

import io.qight.client.Delivery;
import java.io.IOException;

/** Does something with each message, and says what is to become of it. */
interface DeliveryReceiver {
    /** What is to become of a message. */
    sealed interface Verdict {
        /** It is done with. */
        record Done() implements Verdict {}

        /** It is to come again later. */
        record Failed(String reason) implements Verdict {}

        /** It is to be put aside. */
        record Dead(String reason) implements Verdict {}

        /** The receiver was interrupted: it is to stay, and nothing more is to be received. */
        record Interrupted() implements Verdict {}
    }

    /**
     * Deals with one message; may run several at a time.
     *
     * @throws IOException if none can be dealt with: it is to stay
     * @throws CommandFailure likewise
     */
    Verdict receive(Delivery delivery) throws IOException;
}
