package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.SealedContent;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Encodes envelopes for version 1 and protects them: {@code docs/protocol.md}, section 6.9. Signing
 * takes about 0.04 ms and sealing 0.14, and longer for large payloads, in the calling thread; to
 * seal for another than the last 256 recipients takes 0.11 more. Thread-safe.
 */
public final class EnvelopeWriter {
    private static final ByteBuffer NO_SIGNATURE = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** Seals a body beside its clear header. */
    interface Seal {
        ByteBuffer seal(IdentityKey recipient, ByteBuffer beside, ByteBuffer content);
    }

    private final Optional<Identity> identity;
    private final Seal seal;
    private final KnownKeys recipients = new KnownKeys();

    /**
     * A writer.
     *
     * @param identity who signs, if anybody
     */
    public EnvelopeWriter(Optional<Identity> identity) {
        this(identity, Sealing::seal);
    }

    /** The same with the one thing in it that is not the same each time. */
    EnvelopeWriter(Optional<Identity> identity, Seal seal) {
        this.identity = identity;
        this.seal = seal;
    }

    /**
     * The envelope's bytes. What is signed has its signer as sender, which need not be set.
     *
     * @throws ProtocolException {@link ErrorCode#ENVELOPE_SIZE} if they are too many, the padding
     *     included; {@link ErrorCode#INVALID_MAILBOX} if the recipient is no mailbox, or is to be
     *     sealed for and is no key; {@link ErrorCode#MALFORMED_ENVELOPE} if the sender is a key
     *     that does not sign, or another than the one that does, and as {@link
     *     EnvelopeCodec#encode}
     * @throws IllegalArgumentException if it is to be signed, and there is no identity
     */
    public byte[] write(MessageEnvelope envelope, Protection protection) {
        String sender = sender(envelope, protection);
        if (protection.equals(Protection.NONE)) {
            return plain(envelope);
        }
        boolean sealed = protection.sealed();
        ByteBuffer clearHeader =
                EnvelopeCodec.clearHeader(envelope, sealed, protection.signed() && !sealed);
        ByteBuffer body = EnvelopeCodec.body(envelope, sender);
        ByteBuffer signature =
                protection.signed()
                        ? signer().sign(
                                        SignatureKind.ENVELOPE,
                                        EnvelopeCodec.signed(clearHeader, body))
                        : NO_SIGNATURE;
        if (!sealed) {
            return EnvelopeCodec.join(clearHeader, body, signature);
        }
        SealedContent content = new SealedContent(signature, body);
        ByteBuffer written = content.write(protection.padded() ? paddingBytes(content) : 0);
        IdentityKey recipient = recipients.ofAddress(envelope.recipient());
        ByteBuffer sealedBody = seal.seal(recipient, clearHeader, written);
        return EnvelopeCodec.join(clearHeader, sealedBody, NO_SIGNATURE);
    }

    /** So that all of the sealed body has the size of a class. */
    static int paddingBytes(SealedContent content) {
        int least = Sealing.OVERHEAD_BYTES + content.bytes(0);
        for (int size = SizeClass.of(least); ; size = SizeClass.of(size + 1)) {
            // The padding's own length takes more bytes at times: then a size can be out of reach.
            for (int lengthBytes = 0; lengthBytes < Integer.BYTES; lengthBytes++) {
                int padding = size - least - lengthBytes;
                if (padding >= 0 && Sealing.OVERHEAD_BYTES + content.bytes(padding) == size) {
                    return padding;
                }
            }
        }
    }

    private String sender(MessageEnvelope envelope, Protection protection) {
        String sender = envelope.sender();
        if (protection.signed()) {
            String own = signer().key().address();
            if (!sender.isEmpty() && !sender.equals(own)) {
                throw malformed(
                        "the sender of what is signed is the key that signs, and not another");
            }
            return own;
        }
        if (sender.startsWith(MailboxName.KEY_PREFIX)) {
            throw malformed("a sender that is a key has to sign");
        }
        return sender;
    }

    private Identity signer() {
        return identity.orElseThrow(
                () -> new IllegalArgumentException("without an identity nothing can be signed"));
    }

    private static byte[] plain(MessageEnvelope envelope) {
        ByteBuf encoded = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
        byte[] bytes = new byte[encoded.readableBytes()];
        encoded.readBytes(bytes).release();
        return bytes;
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_ENVELOPE, sentence);
    }
}
