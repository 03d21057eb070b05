package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ProtocolException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What was checked once is a key still, as long as it is held; what is none never is. */
class KnownKeysTest {
    private static final String SMALL_ORDER = "key:01" + "00".repeat(31);

    private final KnownKeys keys = new KnownKeys();

    @Test
    void theSameAddressIsCheckedOnce() {
        String address = address();

        assertThat(keys.ofAddress(address)).isSameAs(keys.ofAddress(new String(address)));
        assertThat(keys.ofAddress(address)).isEqualTo(IdentityKey.ofAddress(address));
        assertThat(keys.ofAddress(address()).address()).isNotEqualTo(address);
    }

    @Test
    void whatIsNoKeyIsRefusedEachTime() {
        for (String address : new String[] {SMALL_ORDER, SMALL_ORDER, "bob", "bob"}) {
            assertThatThrownBy(() -> keys.ofAddress(address)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void theOneMetLongestAgoIsForgottenFirst() {
        List<String> addresses =
                IntStream.range(0, KnownKeys.MAX).mapToObj(i -> address()).toList();
        List<IdentityKey> first = addresses.stream().map(keys::ofAddress).toList();
        assertThat(keys.ofAddress(addresses.get(0))).isSameAs(first.get(0));
        keys.ofAddress(address());

        assertThat(keys.ofAddress(addresses.get(0))).isSameAs(first.get(0));
        assertThat(keys.ofAddress(addresses.get(2))).isSameAs(first.get(2));
        assertThat(keys.ofAddress(addresses.get(1)))
                .isNotSameAs(first.get(1))
                .isEqualTo(first.get(1));
    }

    @Test
    void manyThreadsGetTheRightKeys() throws Exception {
        List<String> addresses =
                IntStream.range(0, KnownKeys.MAX + 16).mapToObj(i -> address()).toList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                running.add(
                        threads.submit(() ->
                                addresses.forEach(address ->
                                        assertThat(keys.ofAddress(address).address())
                                                .isEqualTo(address))));
            }
            for (Future<?> done : running) {
                done.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static String address() {
        return Identity.generate(new SecureRandom()).key().address();
    }
}
