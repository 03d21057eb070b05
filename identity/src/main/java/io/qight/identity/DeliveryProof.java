package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A delivery receipt that anybody can check later: that the holder of {@link #receiver}'s key has
 * said that it received an envelope. It names the envelope by the same mailbox, id and digest as a
 * {@link StorageProof} does. That it came to whom it was for shows only where the mailbox is that
 * of the receiver's key: anybody may say so of a mailbox with a name.
 *
 * <p>It goes to the envelope's sender as the payload of an ordinary envelope, a confirmation.
 *
 * <p>There is none whose signature does not verify. Immutable.
 */
public final class DeliveryProof {
    /** What a proof's text begins with. */
    public static final String TEXT_PREFIX = "qight-delivery:";

    /** The header of a confirmation, by which it is told from other envelopes. */
    public static final String CONTENT_TYPE_HEADER = "content-type";

    /** That header's value. */
    public static final String CONTENT_TYPE = "application/qight-delivery";

    private static final int LAYOUT = 2;

    private final IdentityKey receiver;
    private final String mailbox;
    private final Id id;
    private final ByteBuffer digest;
    private final long signedMillis;
    private final ByteBuffer bytes;

    private DeliveryProof(
            IdentityKey receiver,
            String mailbox,
            Id id,
            ByteBuffer digest,
            long signedMillis,
            ByteBuffer bytes) {
        this.receiver = receiver;
        this.mailbox = mailbox;
        this.id = id;
        this.digest = digest;
        this.signedMillis = signedMillis;
        this.bytes = bytes.asReadOnlyBuffer();
    }

    /**
     * Says that it was received.
     *
     * @param envelope its bytes as they were delivered, well-formed
     * @param nowMillis in milliseconds since 1970
     */
    public static DeliveryProof sign(Identity receiver, ByteBuffer envelope, long nowMillis) {
        EnvelopeHeader header = EnvelopeCodec.inspect(Unpooled.wrappedBuffer(envelope.duplicate()));
        ByteBuffer digest = Storage.digestOf(envelope);
        ByteBuf out = Unpooled.buffer();
        out.writeByte(LAYOUT).writeBytes(receiver.key().bytes());
        Varint.write(ByteBufUtil.utf8Bytes(header.mailbox()), out);
        out.writeCharSequence(header.mailbox(), StandardCharsets.UTF_8);
        out.writeLong(header.id().high()).writeLong(header.id().low());
        out.writeBytes(digest.duplicate());
        Varint.write(nowMillis, out);
        out.writeBytes(receiver.sign(SignatureKind.DELIVERY, out.nioBuffer()));
        return new DeliveryProof(
                receiver.key(),
                header.mailbox(),
                header.id(),
                digest,
                nowMillis,
                ByteBuffer.wrap(ByteBufUtil.getBytes(out)));
    }

    /**
     * Reads a proof, and checks its signature.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME} or {@link
     *     ErrorCode#INVALID_MAILBOX} if it does not follow the layout, {@link ErrorCode#NOT_PROVED}
     *     if the receiver that it names has not signed it
     */
    public static DeliveryProof of(ByteBuffer proof) {
        byte[] copy = ProofFields.copy(proof);
        ProofFields in = new ProofFields(copy, LAYOUT);
        IdentityKey receiver = in.key();
        String mailbox = in.mailbox();
        Id id = in.id();
        ByteBuffer digest = in.digest();
        long signedMillis = in.varint();
        ByteBuffer signature = in.signature();
        ByteBuffer whole = ByteBuffer.wrap(copy);
        ByteBuffer statement = whole.slice(0, copy.length - IdentityKey.SIGNATURE_BYTES);
        if (!receiver.verifies(SignatureKind.DELIVERY, statement, signature)) {
            throw new ProtocolException(
                    ErrorCode.NOT_PROVED, "the receiver " + receiver + " has not signed this");
        }
        return new DeliveryProof(receiver, mailbox, id, digest, signedMillis, whole);
    }

    /**
     * Reads a proof's text, with white space around it.
     *
     * @throws ProtocolException as {@link #of(ByteBuffer)}
     */
    public static DeliveryProof ofText(String text) {
        return of(ProofFields.ofText(TEXT_PREFIX, text));
    }

    /** Whether an envelope is a confirmation, by its header alone. */
    public static boolean isConfirmation(MessageEnvelope envelope) {
        return envelope.headerText(CONTENT_TYPE_HEADER).equals(Optional.of(CONTENT_TYPE));
    }

    /** The envelope that brings it to the sender of what was received, by its address. */
    public MessageEnvelope confirmation(String sender) {
        return MessageEnvelope.builder()
                .recipient(sender)
                .header(CONTENT_TYPE_HEADER, CONTENT_TYPE)
                .payload(text())
                .build();
    }

    /** Who has signed it. */
    public IdentityKey receiver() {
        return receiver;
    }

    /** Where the envelope was. */
    public String mailbox() {
        return mailbox;
    }

    /** The envelope's own id, which its sender gave it. */
    public Id id() {
        return id;
    }

    /** SHA-256 of the envelope as it was delivered, which is also as it was sent. */
    public ByteBuffer digest() {
        return digest.duplicate();
    }

    /** When it was signed, in milliseconds since 1970, by the receiver's clock. */
    public long signedMillis() {
        return signedMillis;
    }

    /** Its bytes, read-only. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** It as one line. */
    public String text() {
        return ProofFields.text(TEXT_PREFIX, bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeliveryProof proof && bytes.equals(proof.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }

    @Override
    public String toString() {
        return "a proof by " + receiver + " that it received an envelope of " + mailbox;
    }
}
