/**
 * The library that programs embed to send to mailboxes of a relay and to fetch from them.
 *
 * <p>What it guarantees:
 *
 * <ul>
 *   <li>{@link io.qight.client.SeedClient#send send} returns when the relay has stored the envelope
 *       as durably as it was set to. The client never sends an envelope twice by itself; whether
 *       one without an answer was stored, it says that it does not know.
 *   <li>{@link io.qight.client.SeedClient#fetch(String) fetch} gives a whole answer or none, and
 *       what was not wholly received is in the mailbox again.
 *   <li>Every failure is a {@link io.qight.client.RelayException} with a code, a sentence and
 *       whether to try again. Nothing hangs: each call ends with its timeout, and all at once when
 *       the connection is lost.
 *   <li>A relay is trusted by its certificate, and there is no way to trust all.
 *   <li>User code never runs on an event loop, and what the client holds is bounded, but for the
 *       list that {@code fetch} returns.
 * </ul>
 *
 * <p>Caveats of protocol version 0, the one spoken here:
 *
 * <ul>
 *   <li>A FETCH has no acknowledgement. The relay removes what an answer carried when the client
 *       makes its next request or closes. A program that dies before finds its envelopes in the
 *       mailbox again when the relay has noticed, by default after 30 s; so it may see an envelope
 *       twice. A program that goes on to another request before it has dealt with what it fetched
 *       may lose it. {@link io.qight.client.SeedClient#fetch(String, java.util.function.Consumer)
 *       fetch with a consumer} is free of this.
 *   <li>Names prove nothing: whoever may connect may send as anyone and fetch from every open
 *       mailbox.
 *   <li>A lost connection is not made anew.
 *   <li>Each client has a thread of its own for its connections, so share one among many callers.
 * </ul>
 *
 * <p>An example; it trusts the relay that this user has started on this machine:
 *
 * <pre>{@code
 * try (SeedClient client = SeedClient.connect("localhost:4433")) {
 *     client.hello("alice");
 *     client.send(
 *             MessageEnvelope.builder().sender("alice").recipient("bob").payload("hi").build());
 *     for (MessageEnvelope envelope : client.fetch("bob")) {
 *         System.out.println(envelope.sender() + ": " + envelope.payloadText());
 *     }
 * }
 * }</pre>
 */
@NullMarked
package io.qight.client;

import org.jspecify.annotations.NullMarked;
