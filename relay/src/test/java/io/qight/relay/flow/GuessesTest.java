package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class GuessesTest {
    private final Guesses guesses = new Guesses();

    @Test
    void eachWrongTokenDoublesTheWaitUpToTheLongest() throws UnknownHostException {
        InetAddress eve = address("192.0.2.1");
        assertThat(guesses.delayMillis(eve, 0)).isZero();
        for (long expected : new long[] {100, 200, 400, 800, 1_600, 3_200, 3_200, 3_200}) {
            guesses.wrong(eve, 0);
            assertThat(guesses.delayMillis(eve, 0)).isEqualTo(expected);
        }
        for (int i = 0; i < 1_000; i++) {
            guesses.wrong(eve, 0);
        }
        assertThat(guesses.delayMillis(eve, 0)).isEqualTo(Guesses.DELAY_MILLIS_MAX);
        assertThat(guesses.total()).isEqualTo(1_008);
    }

    @Test
    void othersDoNotWait() throws UnknownHostException {
        guesses.wrong(address("192.0.2.1"), 0);
        assertThat(guesses.delayMillis(address("192.0.2.2"), 0)).isZero();
        assertThat(guesses.delayMillis(address("2001:db8::1"), 0)).isZero();
    }

    @Test
    void oneHostHasAllAddressesOfItsNetwork() throws UnknownHostException {
        guesses.wrong(address("2001:db8:0:1::1"), 0);
        assertThat(guesses.delayMillis(address("2001:db8:0:1:ffff::2"), 0)).isEqualTo(100);
        assertThat(guesses.delayMillis(address("2001:db8:0:2::1"), 0)).isZero();
    }

    @Test
    void afterAWhileItIsForgotten() throws UnknownHostException {
        InetAddress eve = address("192.0.2.1");
        guesses.wrong(eve, 0);
        guesses.wrong(eve, 1);
        assertThat(guesses.delayMillis(eve, Guesses.FORGET_MILLIS)).isEqualTo(200);
        assertThat(guesses.delayMillis(eve, Guesses.FORGET_MILLIS + 1)).isZero();
        guesses.wrong(eve, Guesses.FORGET_MILLIS + 1);
        assertThat(guesses.delayMillis(eve, Guesses.FORGET_MILLIS + 1)).isEqualTo(100);
    }

    @Test
    void onlySoManyAreRemembered() throws UnknownHostException {
        InetAddress first = address("10.0.0.0");
        InetAddress persistent = address("10.0.0.1");
        guesses.wrong(first, 0);
        guesses.wrong(persistent, 0);
        for (int i = 2; i < 3 * Guesses.PREFIXES_MAX; i++) {
            guesses.wrong(address("10.0." + (i >> 8) + "." + (i & 255)), 0);
            if (i % 1_000 == 0) {
                guesses.wrong(persistent, 0);
            }
        }
        assertThat(guesses.remembered()).isEqualTo(Guesses.PREFIXES_MAX);
        assertThat(guesses.delayMillis(first, 0)).isZero();
        assertThat(guesses.delayMillis(persistent, 0)).isEqualTo(Guesses.DELAY_MILLIS_MAX);
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }
}
