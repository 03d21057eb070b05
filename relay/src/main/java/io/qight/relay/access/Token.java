package io.qight.relay.access;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** What a client sent to be let in. Immutable; its text never shows what is in it. */
public final class Token {
    private final byte[] bytes;

    /** Copies the bytes. */
    public Token(ByteBuffer bytes) {
        this.bytes = new byte[bytes.remaining()];
        bytes.duplicate().get(this.bytes);
    }

    /** The bytes as they came, read-only, for policies that find their meaning in them. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Their SHA-256: what a relay that knows tokens keeps of them. */
    public byte[] sha256() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "a token of " + bytes.length + " bytes";
    }
}
