package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Asks clients to prove their address, by a token to send back, while many handshakes are open: so
 * a flood from forged addresses costs no memory, and in quiet times a connect costs no extra round
 * trip. (The bytes sent to an address not yet proved are limited by QUIC itself.)
 *
 * <p>A token is its time of issue, a MAC over that, the client's address and port, and the
 * connection id that the client chose; then that id. Used by one event loop.
 */
final class RetryTokens implements QuicTokenHandler {
    private static final long LIFE_MILLIS = 10_000;
    private static final int TIME_BYTES = Long.BYTES;
    private static final int MAC_BYTES = 16;
    private static final int HEAD_BYTES = TIME_BYTES + MAC_BYTES;

    private final Mac mac;
    private final TokenKeys keys;
    private final Handshakes handshakes;
    private final Clock clock;

    RetryTokens(TokenKeys keys, Handshakes handshakes, Clock clock) {
        this.keys = keys;
        this.handshakes = handshakes;
        this.clock = clock;
        try {
            this.mac = Mac.getInstance(TokenKeys.MAC);
        } catch (GeneralSecurityException e) {
            throw noMac(e);
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf dcid, InetSocketAddress address) {
        if (!handshakes.mustProve()) {
            return false;
        }
        handshakes.retried();
        byte[] id = bytes(dcid, dcid.readerIndex(), dcid.readableBytes());
        long now = clock.millis();
        byte[] signed = sign(keys.pair().current(), now, address, id);
        out.writeLong(now).writeBytes(signed).writeBytes(id);
        return true;
    }

    @Override
    public int validateToken(ByteBuf token, InetSocketAddress address) {
        int idBytes = token.readableBytes() - HEAD_BYTES;
        if (handshakes.full(address.getAddress())
                || idBytes < 1
                || idBytes > Quic.MAX_CONN_ID_LEN) {
            return -1;
        }
        int start = token.readerIndex();
        long issued = token.getLong(start);
        long age = clock.millis() - issued;
        if (age < 0 || age > LIFE_MILLIS) {
            return -1;
        }
        byte[] id = bytes(token, start + HEAD_BYTES, idBytes);
        byte[] given = bytes(token, start + TIME_BYTES, MAC_BYTES);
        TokenKeys.Pair pair = keys.pair();
        boolean ours =
                MessageDigest.isEqual(given, sign(pair.current(), issued, address, id))
                        || MessageDigest.isEqual(given, sign(pair.previous(), issued, address, id));
        return ours ? HEAD_BYTES : -1;
    }

    @Override
    public int maxTokenLength() {
        return HEAD_BYTES + Quic.MAX_CONN_ID_LEN;
    }

    private byte[] sign(SecretKey key, long issued, InetSocketAddress address, byte[] id) {
        try {
            mac.init(key);
        } catch (GeneralSecurityException e) {
            throw noMac(e);
        }
        for (int shift = 56; shift >= 0; shift -= 8) {
            mac.update((byte) (issued >>> shift));
        }
        byte[] ip = address.getAddress().getAddress();
        mac.update((byte) ip.length);
        mac.update(ip);
        mac.update((byte) (address.getPort() >>> 8));
        mac.update((byte) address.getPort());
        mac.update(id);
        return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    }

    private static IllegalStateException noMac(GeneralSecurityException cause) {
        return new IllegalStateException("every JDK has " + TokenKeys.MAC, cause);
    }

    private static byte[] bytes(ByteBuf buffer, int index, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return bytes;
    }
}
