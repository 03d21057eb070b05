/**
 * The library that programs embed to send to mailboxes of a relay and to receive from them.
 *
 * <p>What it guarantees:
 *
 * <ul>
 *   <li>{@link io.qight.client.RelayClient#send send} returns when the relay has stored the
 *       envelope, as durably as the {@link io.qight.client.Receipt} says. Over lost connections and
 *       restarts of the relay it is stored once; where that cannot be known, the failure is {@code
 *       OUTCOME_UNKNOWN}, never a silent second copy or a silent loss. Envelopes to one mailbox are
 *       stored in the order of the calls.
 *   <li>What is delivered stays in its mailbox until it is acked, by the handler's return or by
 *       {@link io.qight.client.Delivery}. What is not acked comes again.
 *   <li>A lost connection is made anew, with what waits for receipts and the subscriptions.
 *   <li>Every failure is a {@link io.qight.client.RelayException} with a code, a sentence and
 *       whether to try again. Nothing hangs: each call ends with its timeout.
 *   <li>A relay is trusted by its certificate, and there is no way to trust all.
 *   <li>What is sent to the mailbox of a key is {@linkplain io.qight.client.ClientConfig#protection
 *       sealed for it}, and signed by a client that has an identity. An envelope whose sender is a
 *       key is handed out only if that key has signed it; {@link
 *       io.qight.client.Delivery#authenticity} tells.
 *   <li>What was received is confirmed to a sender that is a key only by {@link
 *       io.qight.client.RelayClient#confirm}, which shows the relay whose key that may be.
 *   <li>User code never runs on an event loop, and what the client holds is bounded, but for the
 *       list that {@code fetch} returns: envelopes without receipt by {@link
 *       io.qight.client.ClientConfig}, deliveries by the credit of each subscription.
 * </ul>
 *
 * <p>Caveats:
 *
 * <ul>
 *   <li>Delivery is at least once: when a connection is lost before an ack was answered, the
 *       envelope may come again.
 *   <li>What waits for its receipt is in memory alone, and ends with the process.
 *   <li>Names prove nothing: whoever may connect may send as anyone but a key, and receive from
 *       every open mailbox.
 *   <li>What is sealed has no forward secrecy: who gets hold of the recipient's key opens all that
 *       was ever sealed for it. The relay sees mailbox, id, time to live, size and time.
 *   <li>Envelopes to a mailbox that refuses for a long time (it is full, say) may take up the whole
 *       window of what is without receipt, and then hold up those to others.
 *   <li>The connections of all clients in a process are carried by a few threads, one for each
 *       processor, 2 to 8. But each client has threads of its own for callbacks and handlers,
 *       unless it is given an executor: share one client among many callers.
 *   <li>{@link io.qight.client.SeedClient} speaks version 0, for relays that have nothing else. Its
 *       own page says what that cannot do.
 * </ul>
 *
 * <p>An example; it trusts the relay that this user has started on this machine:
 *
 * <pre>{@code
 * try (RelayClient client = RelayClient.connect("localhost:4433")) {
 *     client.send(
 *             MessageEnvelope.builder().sender("alice").recipient("bob").payload("hi").build());
 *     Subscription subscription =
 *             client.subscribe(
 *                     List.of("bob"),
 *                     delivery -> System.out.println(delivery.envelope().payloadText()));
 *     subscription.drained().join();
 * }
 * }</pre>
 */
@NullMarked
package io.qight.client;

import org.jspecify.annotations.NullMarked;
