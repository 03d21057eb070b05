package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import io.qight.relay.access.Token;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which refusals count as guesses of tokens. */
class AdmissionsTest {
    private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();
    private static final Peer PEER =
            new Peer(
                    ADDRESS,
                    Optional.empty(),
                    Optional.of(new Token(ByteBuffer.allocate(32))),
                    false);

    @Test
    void aRefusedTokenDelaysTheNext() {
        Admissions admissions = new Admissions(peer -> new Admission.Refused("no"));
        admissions.admit(PEER, 0);
        assertThat(admissions.delayMillis(ADDRESS, 0)).isPositive();
    }

    @Test
    void aPolicyThatFailsSaysNothingAboutTheToken() {
        Admissions admissions =
                new Admissions(peer -> {
                    throw new IllegalStateException("the policy's own fault");
                });
        assertThat(admissions.admit(PEER, 0)).isInstanceOf(Admission.Refused.class);
        assertThat(admissions.delayMillis(ADDRESS, 0)).isZero();
    }
}
