package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.SignatureKind;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

final class RelayKeysTest {
    private static final ByteBuffer FIRST = ByteBuffer.wrap(new byte[] {1});
    private static final ByteBuffer SECOND = ByteBuffer.wrap(new byte[] {2});
    private static final ByteBuffer NONCE = ByteBuffer.allocate(32);

    private long now = 1_000;
    private final RelayKeys keys = new RelayKeys(FIRST, () -> now);

    @Test
    void aReplacedKeyCountsForTheLifeOfATicket() {
        keys.renew(SECOND);
        assertThat(keys.accepted()).containsExactly(SECOND, FIRST);
        now += RelayKeys.RETIRED_MILLIS - 1;
        assertThat(keys.accepted()).containsExactly(SECOND, FIRST);
        now++;
        assertThat(keys.accepted()).containsExactly(SECOND);
    }

    @Test
    void anotherCertificateOfTheSameKeyRetiresNothing() {
        keys.renew(FIRST.duplicate());
        assertThat(keys.accepted()).containsExactly(FIRST);
    }

    @Test
    void aKeyThatComesBackStays() {
        keys.renew(SECOND);
        keys.renew(FIRST);
        now += RelayKeys.RETIRED_MILLIS;
        assertThat(keys.accepted()).containsExactly(FIRST);
    }

    @Test
    void aProofMayNameARetiredKeyInItsTimeAndNotAfter() {
        Identity alice = Identity.generate(new SecureRandom());
        Proofs proofs = new Proofs("relay", keys::accepted);
        ByteBuffer statement =
                new ProofStatement(NONCE, FIRST, "relay", StreamingProtocol.ALPN, "me").bytes();
        ByteBuffer signature = alice.sign(SignatureKind.PROVE, statement);
        keys.renew(SECOND);
        assertThat(proofs.proves(alice.key(), NONCE, "me", signature)).isTrue();
        now += RelayKeys.RETIRED_MILLIS;
        assertThat(proofs.proves(alice.key(), NONCE, "me", signature)).isFalse();
    }
}
