package io.qight.relay.grants;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.GrantTerms.Rate;
import io.qight.identity.Identity;
import io.qight.identity.Revocation;
import io.qight.relay.access.SenderQuota;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import io.qight.relay.outbox.SendPermits.Hold;
import io.qight.relay.outbox.Sender;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Id;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GrantsTest {
    private static final long NOW = 1_000_000;
    private static final AddressPrefix HERE = AddressPrefix.of(InetAddress.getLoopbackAddress());
    private static final AddressPrefix THERE = new AddressPrefix(false, 7);

    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity pass = Identity.generate(new SecureRandom());
    private final MemoryStore store = new MemoryStore();
    private final Sender alice = new Sender(HERE, new OutboxId(1, 1));
    private Grants grants = Grants.read(store, new MailboxQuota(100, 1_000), SenderQuota.NONE);
    private long sequences;

    @Test
    void aStrangerSendsWhereNoGrantIsDemanded() {
        assertThat(refusal(alice, 10)).isEmpty();
    }

    @Test
    void aStrangerIsRefusedWhereOneIs() {
        demand(true);
        assertThat(refusal(alice, 10)).contains(ErrorCode.NOT_ALLOWED);
        demand(false);
        assertThat(refusal(alice, 10)).isEmpty();
    }

    @Test
    void whoUsesAGrantSendsWhereOneIsDemanded() {
        demand(true);
        alice.use(grant(NOW - 1, NOW + 1));
        assertThat(refusal(alice, 10)).isEmpty();
    }

    @Test
    void theOwnerNeedsNone() {
        demand(true);
        alice.proved(bob.key());
        assertThat(refusal(alice, 500)).isEmpty();
        assertThat(grants.hold(alice, send(500))).isPresent();
    }

    @Test
    void namesKnowNoGrants() {
        Send send = new Send(1, "bob", ByteBuffer.allocate(500), NOW, NOW + 1, Optional.empty());
        assertThat(grants.refusal(alice, send, NOW)).isNull();
        assertThat(grants.hold(alice, send)).isPresent();
    }

    @Test
    void aGrantHoldsFromItsBeginningToItsEnd() {
        alice.use(grant(NOW + 1, NOW + 2));
        assertThat(refusal(alice, 10)).contains(ErrorCode.NOT_ALLOWED);
        alice.use(grant(NOW - 1, NOW));
        assertThat(refusal(alice, 10)).contains(ErrorCode.NOT_ALLOWED);
        alice.use(grant(NOW, NOW + 1));
        assertThat(refusal(alice, 10)).isEmpty();
    }

    @Test
    void anotherMailboxesGrantIsOfNoUse() {
        demand(true);
        Identity eve = Identity.generate(new SecureRandom());
        alice.use(Grant.sign(eve, grant(NOW, NOW + 1).terms()));
        assertThat(refusal(alice, 10)).contains(ErrorCode.NOT_ALLOWED);
    }

    @Test
    void aGrantIsForEnvelopesOfItsSize() {
        alice.use(grant(NOW, NOW + 1));
        assertThat(refusal(alice, 100)).isEmpty();
        assertThat(refusal(alice, 101)).contains(ErrorCode.ENVELOPE_SIZE);
    }

    @Test
    void aRevokedGrantIsOfNoUseAndOthersAre() {
        Grant revoked = grant(NOW, NOW + 1_000);
        revoke(bob, revoked.terms().id(), NOW + 1_000);
        alice.use(grant(NOW, NOW + 1_000));
        assertThat(refusal(alice, 10)).isEmpty();
        alice.use(revoked);
        assertThat(refusal(alice, 10)).contains(ErrorCode.NOT_ALLOWED);
    }

    @Test
    void nobodyRevokesAnothersGrant() {
        Grant mine = grant(NOW, NOW + 1_000);
        revoke(Identity.generate(new SecureRandom()), mine.terms().id(), NOW + 1_000);
        alice.use(mine);
        assertThat(refusal(alice, 10)).isEmpty();
    }

    @Test
    void rulesAreReadBackFromTheStore() {
        Grant revoked = grant(NOW, NOW + 1_000);
        revoke(bob, revoked.terms().id(), NOW + 1_000);
        Identity carol = Identity.generate(new SecureRandom());
        keep(new OwnerRule.Demand(carol.key(), true));
        demand(true);
        demand(false);
        grants = Grants.read(store, MailboxQuota.USUAL, SenderQuota.NONE);

        assertThat(grants.rules().revoked(revoked)).isTrue();
        assertThat(grants.rules().demanded(carol.key().address())).isTrue();
        assertThat(grants.rules().demanded(bob.key().address())).isFalse();
    }

    @Test
    void aRevocationIsForgottenWithItsGrantsEnd() {
        Grant revoked = grant(NOW, NOW + 1_000);
        revoke(bob, revoked.terms().id(), NOW + 1_000);
        List<Operation> removals =
                store.expired(NOW + 1_000, 10).envelopes().stream()
                        .<Operation>map(key ->
                                new Operation.Remove(
                                        key.mailbox(), key.sequence(), Removal.EXPIRED))
                        .toList();
        assertThat(removals).hasSize(1);
        store.commit(removals);
        Operation.Remove removal = (Operation.Remove) removals.get(0);
        grants.removed(removal.mailbox(), removal.sequence());

        assertThat(grants.rules().revoked(revoked)).isFalse();
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void whatIsSaidTwiceIsKeptOnce() {
        Id id = new Id(3, 4);
        revoke(bob, id, NOW + 1_000);
        revoke(bob, id, NOW + 1_000);
        revoke(bob, id, NOW + 999);
        demand(true);
        demand(true);
        assertThat(store.statistics().waiting()).isEqualTo(2);
    }

    @Test
    void aLaterEndOfARevocationCounts() {
        Grant revoked = grant(NOW, NOW + 1_000);
        revoke(bob, revoked.terms().id(), NOW + 500);
        revoke(bob, revoked.terms().id(), NOW + 1_000);
        long first = store.read(KeptRule.PLACE, 0, 1, 1).get(0).sequence();
        grants.removed(KeptRule.PLACE, first);
        assertThat(grants.rules().revoked(revoked)).isTrue();
    }

    @Test
    void nothingIsKeptOfARevocationOfWhatHasEnded() {
        revoke(bob, new Id(3, 4), NOW);
        assertThat(store.statistics().waiting()).isZero();
    }

    @Test
    void anOwnerHasSoManyRules() {
        for (int i = 0; i < OwnerRules.OF_OWNER_MAX; i++) {
            revoke(bob, new Id(0, i), NOW + 1_000);
        }
        Revocation more = Revocation.sign(bob, new Id(1, 1), NOW + 1_000);
        OwnerRule rule = new OwnerRule.Revoke(bob.key(), more);
        assertThat(grants.rules().refusal(rule, THERE, NOW).map(Refusal::code))
                .contains(ErrorCode.OVERLOADED);
        Revocation far = Revocation.sign(bob, new Id(1, 1), NOW + OwnerRules.ENDS_MILLIS_MAX + 1);
        OwnerRule late = new OwnerRule.Revoke(bob.key(), far);
        assertThat(grants.rules().refusal(late, THERE, NOW).map(Refusal::code))
                .contains(ErrorCode.INVALID_TTL);
    }

    @Test
    void rateIsCountedForTheGrantWhoeverUsesIt() {
        Sender other = new Sender(THERE, new OutboxId(2, 2));
        Grant shared = grant(NOW, NOW + 100_000);
        alice.use(shared);
        other.use(Grant.of(shared.bytes()));
        // Ten in a second, three at once.
        assertThat(grants.rate(alice, send(10), NOW)).isNull();
        assertThat(grants.rate(other, send(10), NOW)).isNull();
        assertThat(grants.rate(alice, send(10), NOW)).isNull();
        Refusal refusal = Objects.requireNonNull(grants.rate(other, send(10), NOW));
        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refusal.afterMillis()).isBetween(100L, 101L);
        assertThat(grants.rate(other, send(10), NOW + 99)).isNotNull();
        assertThat(grants.rate(other, send(10), NOW + 100)).isNull();
        assertThat(grants.rate(other, send(10), NOW + 100)).isNotNull();
    }

    @Test
    void theLargestRateIsCountedToo() {
        Rate rate = new Rate(1, 2_678_400_000L, 1_000_000);
        alice.use(Grant.sign(bob, GrantTerms.of(pass.key(), NOW, NOW + 1, rate, 100)));
        for (int i = 0; i < 1_000; i++) {
            assertThat(grants.rate(alice, send(10), NOW)).isNull();
        }
        Sender fast = new Sender(HERE, new OutboxId(1, 2));
        Rate fastest = new Rate(1_000_000, 1, 1);
        fast.use(Grant.sign(bob, GrantTerms.of(pass.key(), NOW, NOW + 1, fastest, 100)));
        assertThat(grants.rate(fast, send(10), NOW)).isNull();
        assertThat(grants.rate(fast, send(10), NOW)).isNotNull();
        assertThat(grants.rate(fast, send(10), NOW + 1)).isNull();
    }

    @Test
    void aStrangerHoldsATenthAndAGrantedSenderGoesOn() {
        for (int i = 0; i < 10; i++) {
            hold(alice, 1).orElseThrow().stored(++sequences);
        }
        assertThat(hold(alice, 1)).isEmpty();
        alice.use(grant(NOW, NOW + 1));
        assertThat(hold(alice, 1)).isPresent();
    }

    @Test
    void aTenthOfTheBytesToo() {
        assertThat(hold(alice, 101)).isEmpty();
        hold(alice, 60).orElseThrow().stored(++sequences);
        assertThat(hold(alice, 41)).isEmpty();
        assertThat(hold(alice, 40)).isPresent();
    }

    @Test
    void anAddressHoldsATenthUnderAllItsOutboxesAndAnOutboxFromAllItsAddresses() {
        Sender sameAddress = new Sender(HERE, new OutboxId(2, 2));
        Sender sameOutbox = new Sender(THERE, new OutboxId(1, 1));
        Sender other = new Sender(THERE, new OutboxId(3, 3));
        hold(alice, 100).orElseThrow().stored(++sequences);
        assertThat(hold(sameAddress, 1)).isEmpty();
        assertThat(hold(sameOutbox, 1)).isEmpty();
        assertThat(hold(other, 100)).isPresent();
    }

    @Test
    void whatIsRemovedOrNotStoredMakesRoom() {
        hold(alice, 60).orElseThrow().stored(8);
        Hold second = hold(alice, 40).orElseThrow();
        assertThat(hold(alice, 1)).isEmpty();
        second.notStored();
        hold(alice, 40).orElseThrow().stored(9);
        grants.removed(bob.key().address(), 8);
        grants.removed(bob.key().address(), 8);
        grants.removed(bob.key().address(), 7);
        assertThat(hold(alice, 61)).isEmpty();
        assertThat(hold(alice, 60)).isPresent();
    }

    @Test
    void everybodyHasWhatASenderMayInAllMailboxesTogether() {
        grants = Grants.read(store, MailboxQuota.USUAL, new SenderQuota(3, 1_000, 2, 1_000));
        Sender owner = new Sender(HERE, new OutboxId(7, 7));
        owner.proved(bob.key());
        hold(alice, 1).orElseThrow().stored(1);
        named(alice, "carol").orElseThrow().stored(2);
        assertThat(named(alice, "dave")).isEmpty();
        hold(owner, 1).orElseThrow().stored(3);
        assertThat(hold(owner, 1)).isEmpty();
        assertThat(grants.hold(HERE, 1)).isEmpty();
        assertThat(grants.hold(THERE, 1)).isPresent();
        grants.removed("carol", 2);
        assertThat(named(alice, "dave")).isPresent();
    }

    @Test
    void whatTheShareRefusesDoesNotCountForAll() {
        grants = Grants.read(store, new MailboxQuota(10, 1_000), new SenderQuota(2, 99, 2, 99));
        hold(alice, 1).orElseThrow().stored(1);
        assertThat(hold(alice, 1)).isEmpty();
        named(alice, "carol").orElseThrow().stored(2);
        assertThat(named(alice, "carol")).isEmpty();
        grants.removed("carol", 2);
        grants.removed(bob.key().address(), 1);
        hold(alice, 99).orElseThrow().stored(3);
        assertThat(named(alice, "carol")).isEmpty();
    }

    private Optional<Hold> named(Sender sender, String mailbox) {
        Send send = new Send(1, mailbox, ByteBuffer.allocate(1), NOW, NOW + 1, Optional.empty());
        return grants.hold(sender, send);
    }

    private Optional<Hold> hold(Sender sender, int bytes) {
        return grants.hold(sender, send(bytes));
    }

    private Optional<ErrorCode> refusal(Sender sender, int bytes) {
        return Optional.ofNullable(grants.refusal(sender, send(bytes), NOW)).map(Refusal::code);
    }

    private Send send(int bytes) {
        return new Send(
                1, bob.key().address(), ByteBuffer.allocate(bytes), NOW, NOW + 1, Optional.empty());
    }

    private Grant grant(long from, long to) {
        return Grant.sign(bob, GrantTerms.of(pass.key(), from, to, new Rate(10, 1_000, 3), 100));
    }

    private void demand(boolean demands) {
        keep(new OwnerRule.Demand(bob.key(), demands));
    }

    private void revoke(Identity owner, Id id, long endsMillis) {
        keep(new OwnerRule.Revoke(owner.key(), Revocation.sign(owner, id, endsMillis)));
    }

    private void keep(OwnerRule rule) {
        OwnerRules rules = grants.rules();
        assertThat(rules.refusal(rule, HERE, NOW)).isEmpty();
        rules.change(rule, NOW)
                .ifPresent(change -> {
                    Outcome outcome = store.commit(List.of(change)).get(0);
                    if (outcome instanceof Outcome.Stored stored) {
                        rules.kept(rule, HERE, stored.sequence());
                    } else {
                        Operation.Remove removal = (Operation.Remove) change;
                        grants.removed(removal.mailbox(), removal.sequence());
                    }
                });
    }
}
