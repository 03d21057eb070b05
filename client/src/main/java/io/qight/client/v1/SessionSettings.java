package io.qight.client.v1;

import io.qight.client.ClientState;
import io.qight.identity.Identity;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a {@link Session} is given.
 *
 * @param clientId what the relay may write into its log
 * @param identity whom the client is, if anybody
 * @param signedReceipts whether the relay is asked to sign receipts
 * @param token what lets the client in; empty if nothing does
 * @param welcomeMillis how long to wait for WELCOME
 * @param pingMillis the silence after which the relay is asked whether it is there
 * @param pongMillis how long to wait for its answer
 * @param sendTimeoutMillis how long an envelope is tried
 * @param redial the waits between connections
 * @param retry the waits after what the relay refuses for now
 * @param ids gives ids that nobody can guess
 * @param clock milliseconds that do not step
 * @param wallClock milliseconds since 1970
 * @param listener hears every change of state, on the event loop
 * @param afterTurn runs on the event loop when all that came together has been dealt with
 */
public record SessionSettings(
        String clientId,
        Optional<Identity> identity,
        boolean signedReceipts,
        ByteBuffer token,
        long welcomeMillis,
        long pingMillis,
        long pongMillis,
        long sendTimeoutMillis,
        Backoff redial,
        Backoff retry,
        Supplier<Id> ids,
        LongSupplier clock,
        LongSupplier wallClock,
        Consumer<ClientState> listener,
        Runnable afterTurn) {
    /** What the client says first on each connection. */
    Frame.Hello hello() {
        ByteBuffer claimed =
                identity.map(one -> one.key().bytes()).orElseGet(() -> ByteBuffer.allocate(0));
        long features = signedReceipts ? Frame.Hello.SIGNED_RECEIPTS : 0;
        return new Frame.Hello(clientId, features, claimed, token.duplicate());
    }
}
