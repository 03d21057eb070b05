package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class RetryTokensTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final InetSocketAddress CLIENT =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 5000);

    private static final HandshakeQuota QUOTA = HandshakeQuota.USUAL;

    private static final InetAddress FLOODER = address("192.0.2.1");

    private final TokenKeys keys = new TokenKeys();
    private final Handshakes handshakes = new Handshakes(QUOTA, System::nanoTime);
    private final RetryTokens tokens = at(NOW, keys);

    private RetryTokens at(Instant time, TokenKeys key) {
        return new RetryTokens(key, handshakes, Clock.fixed(time, ZoneOffset.UTC));
    }

    private void flood(int open) {
        while (handshakes.open() < open) {
            handshakes.begin(FLOODER);
        }
    }

    private ByteBuf token() {
        flood(QUOTA.unprovedMax());
        ByteBuf token = Unpooled.buffer();
        assertThat(tokens.writeToken(token, id(), CLIENT)).isTrue();
        assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
        return token;
    }

    private static InetAddress address(String literal) {
        try {
            return Rig.address(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ByteBuf id() {
        return Unpooled.wrappedBuffer(new byte[] {9, 8, 7, 6, 5, 4, 3, 2});
    }

    @Test
    void inQuietTimesNoTokenIsAskedFor() {
        ByteBuf token = Unpooled.buffer();
        flood(QUOTA.unprovedMax() - 1);
        assertThat(tokens.writeToken(token, id(), CLIENT)).isFalse();
        assertThat(token.readableBytes()).isZero();
    }

    @Test
    void tokenProvesItsAddressAndCarriesTheConnectionId() {
        ByteBuf token = token();
        int offset = tokens.validateToken(token, CLIENT);
        assertThat(token.slice(offset, token.readableBytes() - offset)).isEqualTo(id());
        // Another event loop of the same server has the same key.
        assertThat(at(NOW, keys).validateToken(token, CLIENT)).isEqualTo(offset);
    }

    @Test
    void tokenOfAnotherAddressPortOrServerIsRefused() throws Exception {
        ByteBuf token = token();
        InetSocketAddress port = new InetSocketAddress(CLIENT.getAddress(), 5001);
        InetSocketAddress address = new InetSocketAddress(Rig.address("127.0.0.9"), 5000);
        assertThat(tokens.validateToken(token, port)).isEqualTo(-1);
        assertThat(tokens.validateToken(token, address)).isEqualTo(-1);
        assertThat(at(NOW, new TokenKeys()).validateToken(token, CLIENT)).isEqualTo(-1);
    }

    @Test
    void tokenLivesTenSeconds() {
        ByteBuf token = token();
        assertThat(at(NOW.plusSeconds(10), keys).validateToken(token, CLIENT)).isPositive();
        assertThat(at(NOW.plusSeconds(10).plusMillis(1), keys).validateToken(token, CLIENT))
                .isEqualTo(-1);
        assertThat(at(NOW.minus(Duration.ofMillis(1)), keys).validateToken(token, CLIENT))
                .isEqualTo(-1);
    }

    @Test
    void aKeyTellsItsTokensUntilTheSecondOneAfterIt() {
        ByteBuf token = token();
        keys.rotate();
        assertThat(tokens.validateToken(token, CLIENT)).isPositive();
        keys.rotate();
        assertThat(tokens.validateToken(token, CLIENT)).isEqualTo(-1);
        assertThat(tokens.validateToken(token(), CLIENT)).isPositive();
    }

    @Test
    void oneAddressBeginsAnEighthOfThemAndNoMore() {
        ByteBuf token = token();
        for (int i = 0; i < QUOTA.openMax() / 8; i++) {
            assertThat(tokens.validateToken(token, CLIENT)).isPositive();
            handshakes.begin(CLIENT.getAddress());
        }
        assertThat(tokens.validateToken(token, CLIENT)).isEqualTo(-1);
        handshakes.end(CLIENT.getAddress());
        assertThat(tokens.validateToken(token, CLIENT)).isPositive();
    }

    @Test
    void whoIsAskedForATokenIsCounted() {
        token();
        token();
        assertThat(handshakes.retries()).isEqualTo(2);
    }

    @Test
    void changedTokenIsRefused() {
        ByteBuf token = token();
        for (int i = 0; i < token.readableBytes(); i++) {
            ByteBuf changed = token.copy();
            changed.setByte(i, changed.getByte(i) ^ 1);
            assertThat(tokens.validateToken(changed, CLIENT)).as("byte " + i).isEqualTo(-1);
        }
        for (int length = 0; length < token.readableBytes(); length++) {
            assertThat(tokens.validateToken(token.slice(0, length), CLIENT)).isEqualTo(-1);
        }
        ByteBuf longer = Unpooled.wrappedBuffer(token, Unpooled.buffer(40).writeZero(40));
        assertThat(tokens.validateToken(longer, CLIENT)).isEqualTo(-1);
    }

    @Test
    void whenTooManyHandshakesAreOpenNoMoreAreBegun() {
        ByteBuf token = token();
        flood(QUOTA.openMax());
        assertThat(tokens.validateToken(token, CLIENT)).isEqualTo(-1);
        handshakes.end(FLOODER);
        assertThat(tokens.validateToken(token, CLIENT)).isPositive();
    }
}
