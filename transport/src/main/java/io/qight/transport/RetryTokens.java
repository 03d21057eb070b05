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
import javax.crypto.spec.SecretKeySpec;

/**
 * Asks clients to prove their address, by a token to send back, while many handshakes are open: so
 * a flood from forged addresses costs no memory, and in quiet times a connect costs no extra round
 * trip. (The bytes sent to an address not yet proved are limited by QUIC itself.)
 *
 * <p>A token is its time of issue, a MAC over that, the client's address and port, and the
 * connection id that the client chose; then that id. Used by one event loop.
 */
final class RetryTokens implements QuicTokenHandler {
    /** From so many open handshakes on, addresses must be proved. */
    static final int HANDSHAKES_UNPROVED_MAX = 64;

    /** From so many open handshakes on, no more are begun: clients try again by themselves. */
    static final int HANDSHAKES_MAX = 1024;

    private static final long LIFE_MILLIS = 10_000;
    private static final int TIME_BYTES = Long.BYTES;
    private static final int MAC_BYTES = 16;
    private static final int HEAD_BYTES = TIME_BYTES + MAC_BYTES;

    private final Mac mac;
    private final Handshakes handshakes;
    private final Clock clock;

    RetryTokens(byte[] key, Handshakes handshakes, Clock clock) {
        this.handshakes = handshakes;
        this.clock = clock;
        try {
            this.mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf dcid, InetSocketAddress address) {
        if (handshakes.open() < HANDSHAKES_UNPROVED_MAX) {
            return false;
        }
        byte[] id = bytes(dcid, dcid.readerIndex(), dcid.readableBytes());
        long now = clock.millis();
        out.writeLong(now).writeBytes(sign(now, address, id)).writeBytes(id);
        return true;
    }

    @Override
    public int validateToken(ByteBuf token, InetSocketAddress address) {
        int idBytes = token.readableBytes() - HEAD_BYTES;
        if (handshakes.open() >= HANDSHAKES_MAX || idBytes < 1 || idBytes > Quic.MAX_CONN_ID_LEN) {
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
        return MessageDigest.isEqual(given, sign(issued, address, id)) ? HEAD_BYTES : -1;
    }

    @Override
    public int maxTokenLength() {
        return HEAD_BYTES + Quic.MAX_CONN_ID_LEN;
    }

    private byte[] sign(long issued, InetSocketAddress address, byte[] id) {
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

    private static byte[] bytes(ByteBuf buffer, int index, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return bytes;
    }
}
