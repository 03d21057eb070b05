package io.qight.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Begins QUIC handshakes that nobody goes on with, each from one datagram, for tests of what a
 * flood of them does to a relay. It needs one first datagram of a real client (QUIC version 1),
 * which any UDP socket gets that a client connects to, and makes any number of others from it: the
 * same ClientHello with another connection id. Not thread-safe.
 */
public final class ForgedHandshakes {
    private static final byte[] SALT = {
        0x38,
        0x76,
        0x2c,
        (byte) 0xf7,
        (byte) 0xf5,
        0x59,
        0x34,
        (byte) 0xb3,
        0x4d,
        0x17,
        (byte) 0x9a,
        (byte) 0xe6,
        (byte) 0xa4,
        (byte) 0xc8,
        0x0c,
        (byte) 0xad,
        (byte) 0xcc,
        (byte) 0xbb,
        0x7f,
        0x0a
    };
    private static final int DATAGRAM_BYTES = 1200;
    private static final int ID_BYTES = 8;
    private static final int SAMPLE_BYTES = 16;
    private static final int TAG_BYTES = 16;
    private static final int NUMBER_BYTES = 4;
    private static final int LENGTH_BYTES = 2;

    /** Long header, of the type Initial, with a packet number of four bytes. */
    private static final int INITIAL = 0xc3;

    private static final int RETRY = 0xf0;
    private static final int TYPE_MASK = 0xf0;
    private static final int VERSION = 1;

    private final SecureRandom random = new SecureRandom();
    private final byte[] sourceId;
    private final byte[] hello;

    private ForgedHandshakes(byte[] sourceId, byte[] hello) {
        this.sourceId = sourceId;
        this.hello = hello;
    }

    /**
     * From the first datagram of a client.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ForgedHandshakes of(byte[] firstDatagram) {
        try {
            return read(firstDatagram.clone());
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException("this is no first datagram of QUIC version 1", e);
        }
    }

    /** The first datagram of one more handshake, of 1,200 bytes. */
    public byte[] next() {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        return initial(id, new byte[0]);
    }

    /**
     * What proves the sender's address to a server that has answered with Retry, so that the
     * handshake begins; empty if the server has answered otherwise.
     */
    public Optional<byte[]> answer(byte[] datagram) {
        if ((datagram[0] & TYPE_MASK) != RETRY) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(datagram).position(5);
        bytes(in, in.get());
        byte[] id = bytes(in, in.get());
        return Optional.of(initial(id, bytes(in, in.remaining() - TAG_BYTES)));
    }

    private static ForgedHandshakes read(byte[] datagram) throws GeneralSecurityException {
        ByteBuffer in = ByteBuffer.wrap(datagram).position(1);
        if (in.getInt() != VERSION) {
            throw new IllegalArgumentException("another version");
        }
        byte[] id = bytes(in, in.get());
        byte[] sourceId = bytes(in, in.get());
        bytes(in, (int) varint(in));
        int length = (int) varint(in);
        int numberAt = in.position();
        Keys keys = new Keys(id);
        byte[] mask = keys.mask(datagram, numberAt + NUMBER_BYTES);
        datagram[0] ^= (byte) (mask[0] & 0x0f);
        int numberBytes = (datagram[0] & 3) + 1;
        long number = 0;
        for (int i = 0; i < numberBytes; i++) {
            datagram[numberAt + i] ^= mask[1 + i];
            number = (number << 8) | (datagram[numberAt + i] & 0xff);
        }
        int headBytes = numberAt + numberBytes;
        byte[] payload =
                keys.cipher(Cipher.DECRYPT_MODE, number, datagram, headBytes)
                        .doFinal(datagram, headBytes, length - numberBytes);
        return new ForgedHandshakes(sourceId, withoutPadding(payload));
    }

    /** Padding are zeros, and may stand before and behind the rest. */
    private static byte[] withoutPadding(byte[] payload) {
        int end = payload.length;
        while (end > 0 && payload[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(payload, end);
    }

    private byte[] initial(byte[] id, byte[] token) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(INITIAL);
        head.writeBytes(new byte[] {0, 0, 0, VERSION});
        head.write(id.length);
        head.writeBytes(id);
        head.write(sourceId.length);
        head.writeBytes(sourceId);
        writeLength(head, token.length);
        head.writeBytes(token);
        int before = head.size() + LENGTH_BYTES + NUMBER_BYTES;
        int payloadBytes = Math.max(hello.length, DATAGRAM_BYTES - before - TAG_BYTES);
        writeLength(head, NUMBER_BYTES + payloadBytes + TAG_BYTES);
        head.writeBytes(new byte[NUMBER_BYTES]);
        byte[] datagram = Arrays.copyOf(head.toByteArray(), before + payloadBytes + TAG_BYTES);
        try {
            Keys keys = new Keys(id);
            keys.cipher(Cipher.ENCRYPT_MODE, 0, datagram, before)
                    .doFinal(Arrays.copyOf(hello, payloadBytes), 0, payloadBytes, datagram, before);
            byte[] mask = keys.mask(datagram, before);
            datagram[0] ^= (byte) (mask[0] & 0x0f);
            for (int i = 0; i < NUMBER_BYTES; i++) {
                datagram[before - NUMBER_BYTES + i] ^= mask[1 + i];
            }
            return datagram;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has these ciphers", e);
        }
    }

    private static void writeLength(ByteArrayOutputStream out, int length) {
        out.write(0x40 | (length >> 8));
        out.write(length);
    }

    private static long varint(ByteBuffer in) {
        int first = in.get() & 0xff;
        long value = first & 0x3f;
        for (int more = (1 << (first >> 6)) - 1; more > 0; more--) {
            value = (value << 8) | (in.get() & 0xff);
        }
        return value;
    }

    private static byte[] bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    /** A client's keys of the packets of type Initial (RFC 9001, section 5.2). */
    private static final class Keys {
        private static final String MAC = "HmacSHA256";
        private static final int HASH_BYTES = 32;
        private static final int KEY_BYTES = 16;
        private static final int NONCE_BYTES = 12;

        private final byte[] key;
        private final byte[] nonce;
        private final byte[] headerKey;

        Keys(byte[] connectionId) throws GeneralSecurityException {
            byte[] client = expand(hmac(SALT, connectionId), "client in", HASH_BYTES);
            key = expand(client, "quic key", KEY_BYTES);
            nonce = expand(client, "quic iv", NONCE_BYTES);
            headerKey = expand(client, "quic hp", KEY_BYTES);
        }

        Cipher cipher(int mode, long number, byte[] datagram, int headBytes)
                throws GeneralSecurityException {
            byte[] own = nonce.clone();
            for (int i = 0; i < Long.BYTES; i++) {
                own[NONCE_BYTES - 1 - i] ^= (byte) (number >>> (8 * i));
            }
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG_BYTES, own));
            cipher.updateAAD(datagram, 0, headBytes);
            return cipher;
        }

        byte[] mask(byte[] datagram, int sampleAt) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(headerKey, "AES"));
            return cipher.doFinal(datagram, sampleAt, SAMPLE_BYTES);
        }

        private static byte[] expand(byte[] secret, String label, int length)
                throws GeneralSecurityException {
            byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
            ByteBuffer info = ByteBuffer.allocate(5 + name.length);
            info.putShort((short) length).put((byte) name.length).put(name);
            info.put((byte) 0).put((byte) 1);
            return Arrays.copyOf(hmac(secret, info.array()), length);
        }

        private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            return mac.doFinal(message);
        }
    }
}
