package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.identity.GrantTerms.Rate;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Permissions to send. */
class GrantTest {
    private static final long YEAR = GrantTerms.LIFE_MAX.toMillis();
    private static final Rate RATE = new Rate(10, 1_000, 20);

    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity pass = Identity.generate(new SecureRandom());
    private final Grant grant =
            Grant.sign(bob, GrantTerms.of(pass.key(), 5_000, 9_000, RATE, 65_536));

    @Test
    void itIsReadAsItWasSigned() {
        Grant read = Grant.of(grant.bytes());
        assertThat(read).isEqualTo(grant);
        assertThat(read.owner()).isEqualTo(bob.key());
        assertThat(read.terms()).isEqualTo(grant.terms());
        assertThat(read.mailbox()).isEqualTo(bob.key().address());
    }

    @Test
    void itTravelsAsALineOfText() {
        assertThat(Grant.ofText(" " + grant.text() + "\n")).isEqualTo(grant);
        assertThat(grant.text()).startsWith(Grant.TEXT_PREFIX).matches("[A-Za-z0-9:_-]+");
        assertRefused(() -> Grant.ofText("grant"), ErrorCode.MALFORMED_FRAME);
        assertRefused(() -> Grant.ofText(Grant.TEXT_PREFIX + "+/"), ErrorCode.MALFORMED_FRAME);
    }

    @Test
    void noBeginningOfItIsAGrant() {
        for (int length = 0; length < grant.bytes().remaining(); length++) {
            ByteBuffer beginning = grant.bytes().limit(length);
            assertRefused(() -> Grant.of(beginning), ErrorCode.MALFORMED_FRAME);
        }
    }

    @Test
    void noByteOfItCanBeAnother() {
        byte[] bytes = new byte[grant.bytes().remaining()];
        grant.bytes().get(bytes);
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> Grant.of(ByteBuffer.wrap(changed)))
                    .describedAs("byte %s", i)
                    .isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void aSignatureOfAnotherKindIsNoOwners() {
        int signed = grant.bytes().remaining() - IdentityKey.SIGNATURE_BYTES;
        ByteBuffer terms = grant.bytes().limit(signed);
        for (SignatureKind kind : SignatureKind.values()) {
            ByteBuffer whole =
                    ByteBuffer.allocate(signed + IdentityKey.SIGNATURE_BYTES)
                            .put(terms.duplicate())
                            .put(bob.sign(kind, terms))
                            .flip();
            if (kind == SignatureKind.GRANT) {
                assertThat(Grant.of(whole)).isEqualTo(grant);
            } else {
                assertRefused(() -> Grant.of(whole), ErrorCode.NOT_PROVED);
            }
        }
    }

    @Test
    void nobodyGrantsForAnothersMailbox() {
        Identity eve = Identity.generate(new SecureRandom());
        int signed = grant.bytes().remaining() - IdentityKey.SIGNATURE_BYTES;
        ByteBuffer terms = grant.bytes().limit(signed);
        ByteBuffer forged =
                ByteBuffer.allocate(signed + IdentityKey.SIGNATURE_BYTES)
                        .put(terms.duplicate())
                        .put(eve.sign(SignatureKind.GRANT, terms))
                        .flip();
        assertRefused(() -> Grant.of(forged), ErrorCode.NOT_PROVED);
    }

    @Test
    void valuesHaveRanges() {
        IdentityKey key = pass.key();
        assertThat(GrantTerms.of(key, 0, YEAR, RATE, 10_000_000).expiresMillis()).isEqualTo(YEAR);
        assertMalformed(() -> GrantTerms.of(key, 0, YEAR + 1, RATE, 1));
        assertMalformed(() -> GrantTerms.of(key, 5, 5, RATE, 1));
        assertMalformed(() -> GrantTerms.of(key, 0, 1, RATE, 0));
        assertMalformed(() -> GrantTerms.of(key, 0, 1, RATE, 10_000_001));
        long month = Duration.ofDays(31).toMillis();
        assertThat(new Rate(1_000_000, month, 1_000_000).periodMillis()).isEqualTo(month);
        assertMalformed(() -> new Rate(0, 1, 1));
        assertMalformed(() -> new Rate(1, 0, 1));
        assertMalformed(() -> new Rate(1, 1, 0));
        assertMalformed(() -> new Rate(1_000_001, 1, 1));
        assertMalformed(() -> new Rate(1, month + 1, 1));
        assertMalformed(() -> new Rate(1, 1, 1_000_001));
    }

    @Test
    void aRevocationIsOfItsOwnerGrantAndEndAlone() {
        Id id = grant.terms().id();
        Revocation revocation = Revocation.sign(bob, id, 9_000);
        ByteBuffer signature = revocation.signature();

        assertThat(revocation.signedBy(bob.key())).isTrue();
        assertThat(revocation.signedBy(pass.key())).isFalse();
        assertThat(new Revocation(id, 9_001, signature).signedBy(bob.key())).isFalse();
        assertThat(new Revocation(new Id(1, 2), 9_000, signature).signedBy(bob.key())).isFalse();
    }

    private static void assertMalformed(Runnable making) {
        assertRefused(making, ErrorCode.MALFORMED_FRAME);
    }

    private static void assertRefused(Runnable making, ErrorCode code) {
        assertThatThrownBy(making::run)
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }
}
