package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Identity;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** docs/protocol.md 6.7: ADD, REMOVE and their refusals. */
class AddRemoveTest {
    private final DeliveryFixture relay = new DeliveryFixture();
    private final FetchClient client = relay.client(1);

    @Test
    void numberMayBeZeroAndMayLeaveGaps() {
        client.subscribe();
        client.send(new Frame.Add(0, "bob"));
        client.send(new Frame.Add((1 << 30) - 1, "eve"));
        assertThat(client.all(Frame.Added.class)).hasSize(2);
        assertThat(client.failure).isNull();
    }

    @Test
    void numberThatGoesBackEndsTheStream() {
        client.subscribe();
        client.send(new Frame.Add(5, "bob"));
        client.send(new Frame.Add(5, "eve"));
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void numberAboveTheRangeEndsTheStream() {
        client.subscribe();
        client.send(new Frame.Add(1 << 30, "bob"));
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void refusedNumberIsUsedUp() {
        client.subscribe();
        client.send(new Frame.Add(5, "key:abc"));
        client.send(new Frame.Add(5, "bob"));
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void refusalsSayWhy() {
        client.subscribe();
        client.send(new Frame.Add(1, ""));
        client.send(new Frame.Add(2, "a\u0001b"));
        client.send(new Frame.Add(3, "x".repeat(256)));
        client.send(new Frame.Add(4, "key:abc"));
        client.send(new Frame.Add(5, "bob"));
        client.send(new Frame.Add(6, "bob"));
        client.send(new Frame.Add(7, DeadLetter.place("bob")));
        assertThat(client.all(Frame.NotAdded.class).stream().map(Frame.NotAdded::code))
                .containsExactly(
                        number(ErrorCode.INVALID_MAILBOX),
                        number(ErrorCode.INVALID_MAILBOX),
                        number(ErrorCode.INVALID_MAILBOX),
                        number(ErrorCode.INVALID_MAILBOX),
                        number(ErrorCode.WRONG_STATE),
                        number(ErrorCode.INVALID_MAILBOX));
        assertThat(client.failure).isNull();
    }

    @Test
    void mailboxMayBeAddedAgainAfterItsRemoval() {
        client.subscribe();
        client.add("bob");
        client.remove(1);
        client.add("bob");
        assertThat(client.all(Frame.Added.class)).hasSize(2);
    }

    @Test
    void limitCountsAllStreamsOfAConnection() {
        MailboxAllowance three = new MailboxAllowance(3, new MailboxAllowance(1_000_000));
        FetchClient first = new FetchClient(relay, 1, three).subscribe();
        FetchClient second = new FetchClient(relay, 2, three).subscribe();
        first.add("a");
        first.add("b");
        second.add("c");
        second.add("d");
        assertThat(second.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.TOO_MANY_MAILBOXES));
        first.remove(1);
        second.add("d");
        assertThat(second.last(Frame.Added.class).mailbox()).isEqualTo(3);
        first.lose();
        second.add("e");
        assertThat(second.last(Frame.Added.class).mailbox()).isEqualTo(4);
    }

    @Test
    void limitOfAllConnectionsIsTheRelaysAndMayPass() {
        MailboxAllowance two = new MailboxAllowance(2);
        FetchClient first = new FetchClient(relay, 1, new MailboxAllowance(9, two)).subscribe();
        FetchClient second = new FetchClient(relay, 2, new MailboxAllowance(9, two)).subscribe();
        first.add("a");
        second.add("b");
        second.add("c");
        assertThat(second.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.OVERLOADED));
        first.remove(1);
        second.add("c");
        assertThat(second.last(Frame.Added.class).mailbox()).isEqualTo(3);
    }

    @Test
    void refusedMailboxTakesNothingOfTheLimit() {
        FetchClient exclusive = relay.client(9);
        exclusive.mode = Mode.EXCLUSIVE;
        exclusive.subscribe();
        exclusive.add("bob");
        MailboxAllowance one = new MailboxAllowance(1, new MailboxAllowance(1_000_000));
        FetchClient shared = new FetchClient(relay, 2, one).subscribe();
        shared.add("bob");
        shared.add("eve");
        assertThat(shared.last(Frame.Added.class).mailbox()).isEqualTo(2);
    }

    @Test
    void removeEndsDeliveriesAndLeavesLeases() {
        relay.send("bob", "a");
        client.subscribe();
        client.add("bob");
        client.remove(1);
        relay.send("bob", "b");
        assertThat(client.payloads()).containsExactly("a");
        assertThat(client.last(Frame.Removed.class)).isEqualTo(new Frame.Removed(1, 0));
        assertThat(relay.receiver(2, "bob").payloads()).containsExactly("b");
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
    }

    @Test
    void removingTwiceOrWhatWasRefusedIsPassedOver() {
        client.subscribe();
        client.add("key:abc");
        client.add("bob");
        client.remove(1);
        client.remove(2);
        client.remove(2);
        assertThat(client.all(Frame.Removed.class)).hasSize(1);
        assertThat(client.failure).isNull();
    }

    @Test
    void removingWhatWasNeverNamedEndsTheStream() {
        client.subscribe();
        client.add("bob");
        client.remove(2);
        assertThat(client.failure).isEqualTo(ErrorCode.BAD_NUMBER);
    }

    @Test
    void passedOverNumberCountsAsNamed() {
        client.subscribe();
        client.send(new Frame.Add(5, "bob"));
        client.remove(3);
        assertThat(client.failure).isNull();
    }

    @Test
    void hundredThousandMailboxesAreTaken() {
        client.subscribe();
        for (int i = 1; i <= 100_000; i++) {
            relay.deliveries.step(
                    client, new FetchInput.Arrived(new Frame.Add(i, "m" + i)), relay.now);
        }
        relay.run();
        assertThat(client.all(Frame.Added.class)).hasSize(100_000);
        assertThat(client.all(Frame.CaughtUp.class)).hasSize(100_000);
        client.send(new Frame.Add(100_001, "one more"));
        assertThat(client.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.TOO_MANY_MAILBOXES));
    }

    @Test
    void unreadableMailboxIsNotAddedAndOthersGoOn() {
        relay.damaged.add("bob");
        client.subscribe();
        client.add("bob");
        client.add("eve");
        relay.send("eve", "a");
        assertThat(client.last(Frame.NotAdded.class).code()).isEqualTo(number(ErrorCode.INTERNAL));
        assertThat(client.payloads()).containsExactly("a");
        relay.damaged.clear();
        client.add("bob");
        assertThat(client.last(Frame.Added.class).mailbox()).isEqualTo(3);
    }

    @Test
    void mailboxThatCannotBeReadOnIsRemovedAsInternal() {
        client.subscribe();
        client.add("bob");
        client.add("eve");
        relay.send("bob", "a");
        relay.damaged.add("bob");
        relay.append("bob", "b", 600_000);
        relay.deliveries.arrived("bob", List.of());
        relay.send("eve", "c");
        assertThat(client.last(Frame.Removed.class))
                .isEqualTo(new Frame.Removed(1, number(ErrorCode.INTERNAL)));
        assertThat(client.payloads()).containsExactly("a", "c");
        client.remove(1);
        assertThat(client.all(Frame.Removed.class)).hasSize(1);
        client.ack(1);
        assertThat(client.acked()).containsExactly(1L);
        relay.damaged.clear();
        client.add("bob");
        assertThat(client.payloads()).containsExactly("a", "c", "b");
    }

    private static long number(ErrorCode code) {
        return code.number();
    }

    @Test
    void aKeysMailboxIsItsOwnersAlone() {
        Identity bob = Identity.generate(new SecureRandom());
        Identity eve = Identity.generate(new SecureRandom());
        client.subscribe();
        client.add(bob.key().address());
        FetchClient stranger = relay.client(2);
        stranger.identity = Optional.of(eve.key());
        stranger.subscribe();
        stranger.add(bob.key().address());
        FetchClient owner = relay.client(3);
        owner.identity = Optional.of(bob.key());
        owner.subscribe();
        owner.add(bob.key().address());
        relay.send(bob.key().address(), "for bob");

        assertThat(client.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.NOT_PROVED));
        assertThat(stranger.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.NOT_ALLOWED));
        assertThat(owner.payloads()).containsExactly("for bob");
        assertThat(client.payloads()).isEmpty();
        assertThat(stranger.payloads()).isEmpty();
    }

    @Test
    void aMailboxThatTheClientMayNotFetchFromIsNotAddedWhateverIsThere() {
        relay.send("full", "secret");
        client.closedMailboxes = Set.of("full", "empty");
        client.subscribe();
        client.add("full");
        client.add("empty");
        client.add("open");

        List<Frame.NotAdded> refused = client.all(Frame.NotAdded.class);
        assertThat(refused).extracting(Frame.NotAdded::mailbox).containsExactly(1L, 2L);
        assertThat(refused)
                .extracting(Frame.NotAdded::code)
                .containsOnly(number(ErrorCode.NOT_ALLOWED));
        assertThat(refused)
                .extracting(Frame.NotAdded::sentence)
                .containsOnly("the client may not fetch from this mailbox");
        assertThat(client.last(Frame.Added.class).mailbox()).isEqualTo(3);
        assertThat(client.payloads()).isEmpty();
    }

    @Test
    void aProofDoesNotOpenWhatThePolicyCloses() {
        Identity bob = Identity.generate(new SecureRandom());
        client.identity = Optional.of(bob.key());
        client.closedMailboxes = Set.of(bob.key().address());
        client.subscribe();
        client.add(bob.key().address());
        assertThat(client.last(Frame.NotAdded.class).code())
                .isEqualTo(number(ErrorCode.NOT_ALLOWED));
    }

    @Test
    void nobodyElseTakesASubscriptionOver() {
        Identity bob = Identity.generate(new SecureRandom());
        FetchClient owner = relay.client(3);
        owner.identity = Optional.of(bob.key());
        owner.subscribe();
        FetchClient thief = owner.again();
        thief.subscribe();
        FetchClient next = owner.again();
        next.identity = owner.identity;
        next.subscribe();

        assertThat(thief.failure).isEqualTo(ErrorCode.TAKEN_OVER);
        assertThat(next.failure).isNull();
        assertThat(owner.failure).isEqualTo(ErrorCode.TAKEN_OVER);
    }
}
