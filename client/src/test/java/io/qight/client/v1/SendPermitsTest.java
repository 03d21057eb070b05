package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.GrantUse;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SendPermitsTest {
    private static final Id OUTBOX = new Id(1, 2);
    private static final GrantTerms.Rate RATE = GrantTerms.Rate.perSecond(1);

    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity pass = Identity.generate(new SecureRandom());
    private final Grant grant = Grant.sign(bob, GrantTerms.of(pass.key(), 0, 1, RATE, 1));
    private final String mailbox = bob.key().address();
    private final ProofStatement connection =
            new ProofStatement(
                    ByteBuffer.allocate(32), ByteBuffer.allocate(32), "service", "qight/1", "me");
    private final SendPermits permits = new SendPermits();

    @Test
    void withoutAGrantNothingWaits() {
        assertThat(permits.waits(mailbox)).isFalse();
        assertThat(permits.before(mailbox, OUTBOX)).isNull();
    }

    @Test
    void aGrantWaitsForWelcomeAndItsMailboxAlone() {
        permits.use(grant, pass);
        assertThat(permits.waits(mailbox)).isTrue();
        assertThat(permits.waits("bob")).isFalse();
        permits.welcomed(() -> connection);
        assertThat(permits.waits(mailbox)).isFalse();
        permits.begin();
        assertThat(permits.waits(mailbox)).isTrue();
    }

    @Test
    void itIsShownOnceOnEachStream() {
        permits.use(grant, pass);
        permits.welcomed(() -> connection);
        assertThat(permits.before("bob", OUTBOX)).isNull();
        Frame.Grant frame = (Frame.Grant) Objects.requireNonNull(permits.before(mailbox, OUTBOX));
        assertThat(frame.grant()).isEqualTo(grant.bytes());
        ByteBuffer statement = new GrantUse(connection, OUTBOX, grant).bytes();
        assertThat(pass.key().verifies(SignatureKind.USE_GRANT, statement, frame.proof())).isTrue();
        assertThat(permits.before(mailbox, OUTBOX)).isNull();
        permits.streamBegins();
        assertThat(permits.before(mailbox, OUTBOX)).isEqualTo(frame);
    }

    @Test
    void aNewGrantTakesThePlaceOfTheOlder() {
        permits.use(grant, pass);
        permits.welcomed(() -> connection);
        permits.before(mailbox, OUTBOX);
        Grant newer = Grant.sign(bob, GrantTerms.of(pass.key(), 0, 2, RATE, 1));
        permits.use(newer, pass);
        Frame.Grant frame = (Frame.Grant) Objects.requireNonNull(permits.before(mailbox, OUTBOX));
        assertThat(frame.grant()).isEqualTo(newer.bytes());
    }

    @Test
    void whatIsSentToOneselfWaitsForTheProof() {
        permits.own(bob);
        assertThat(permits.waits(mailbox)).isTrue();
        assertThat(permits.waits("bob")).isFalse();
        permits.proved();
        assertThat(permits.waits(mailbox)).isFalse();
        permits.begin();
        assertThat(permits.waits(mailbox)).isTrue();
    }
}
