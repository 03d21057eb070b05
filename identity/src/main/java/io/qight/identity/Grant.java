package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A permission to send to a key's mailbox, signed by the owner of that key, for whoever holds a
 * one-purpose key. It is no secret: without the one-purpose key it is of no use.
 *
 * <p>There is none that its owner has not signed. Immutable.
 */
public final class Grant {
    /** What a grant's text begins with. */
    public static final String TEXT_PREFIX = "qight-grant:";

    private static final int LAYOUT = 1;
    private static final int ID_BYTES = 16;

    private final IdentityKey owner;
    private final GrantTerms terms;
    private final ByteBuffer bytes;

    private Grant(IdentityKey owner, GrantTerms terms, ByteBuffer bytes) {
        this.owner = owner;
        this.terms = terms;
        this.bytes = bytes.asReadOnlyBuffer();
    }

    /** Grants it, as the owner of the mailbox. */
    public static Grant sign(Identity owner, GrantTerms terms) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(LAYOUT)
                .writeBytes(owner.key().bytes())
                .writeBytes(terms.key().bytes())
                .writeLong(terms.id().high())
                .writeLong(terms.id().low());
        GrantTerms.Rate rate = terms.rate();
        for (long field :
                new long[] {
                    terms.notBeforeMillis(),
                    terms.expiresMillis(),
                    rate.envelopes(),
                    rate.periodMillis(),
                    rate.burst(),
                    terms.envelopeBytesMax()
                }) {
            Varint.write(field, out);
        }
        out.writeBytes(owner.sign(SignatureKind.GRANT, out.nioBuffer()));
        return new Grant(owner.key(), terms, ByteBuffer.wrap(ByteBufUtil.getBytes(out)));
    }

    /**
     * Reads a grant, and checks who signed it.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME} if it does not follow the layout,
     *     {@link ErrorCode#NOT_PROVED} if its owner has not signed it
     */
    public static Grant of(ByteBuffer grant) {
        byte[] copy = new byte[grant.remaining()];
        grant.duplicate().get(copy);
        ByteBuf in = Unpooled.wrappedBuffer(copy);
        require(in.isReadable() && in.readByte() == LAYOUT, "a grant of an unknown layout");
        IdentityKey owner = key(in);
        GrantTerms terms = terms(in);
        int signed = in.readerIndex();
        require(
                in.readableBytes() == IdentityKey.SIGNATURE_BYTES,
                "a grant ends with its signature");
        ByteBuffer whole = ByteBuffer.wrap(copy);
        if (!owner.verifies(
                SignatureKind.GRANT,
                whole.slice(0, signed),
                whole.slice(signed, IdentityKey.SIGNATURE_BYTES))) {
            throw new ProtocolException(
                    ErrorCode.NOT_PROVED, "the mailbox's owner has not signed this grant");
        }
        return new Grant(owner, terms, whole);
    }

    /**
     * Reads a grant's text, with white space around it.
     *
     * @throws ProtocolException as {@link #of}
     */
    public static Grant ofText(String text) {
        String line = text.strip();
        require(line.startsWith(TEXT_PREFIX), "a grant's text begins with " + TEXT_PREFIX);
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(line.substring(TEXT_PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw malformed("a grant's text is base64url");
        }
        return of(ByteBuffer.wrap(bytes));
    }

    /** Who has signed it; it is for that key's mailbox. */
    public IdentityKey owner() {
        return owner;
    }

    /** What it allows. */
    public GrantTerms terms() {
        return terms;
    }

    /** The mailbox that it is for. */
    public String mailbox() {
        return owner.address();
    }

    /** Its bytes, read-only. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** It as one line, to be handed over by any way: a file, a mail, a QR code. */
    public String text() {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return TEXT_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(copy);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Grant grant && bytes.equals(grant.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }

    @Override
    public String toString() {
        return "a grant for " + mailbox();
    }

    private static GrantTerms terms(ByteBuf in) {
        IdentityKey key = key(in);
        require(in.readableBytes() >= ID_BYTES, "a grant ends within its id");
        Id id = new Id(in.readLong(), in.readLong());
        return new GrantTerms(
                key,
                id,
                varint(in),
                varint(in),
                new GrantTerms.Rate(varint(in), varint(in), varint(in)),
                varint(in));
    }

    private static IdentityKey key(ByteBuf in) {
        require(in.readableBytes() >= IdentityKey.BYTES, "a grant ends within a key");
        try {
            return IdentityKey.of(in.readSlice(IdentityKey.BYTES).nioBuffer());
        } catch (ProtocolException e) {
            throw malformed("a grant names what is no key");
        }
    }

    private static long varint(ByteBuf in) {
        require(Varint.readable(in), "a grant ends within an integer");
        return Varint.read(in);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw malformed(otherwise);
        }
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }
}
