package io.qight.identity;

import io.qight.identity.UnreadableEnvelope.Reason;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.EnvelopeParts;
import io.qight.wire.v1.SealedContent;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads envelopes of version 1: opens what is sealed, and proves the sender or refuses. Opening and
 * verifying take about 0.1 ms each, and longer for large payloads, in the calling thread; to verify
 * another than the last 256 senders takes 0.08 more. Thread-safe.
 */
public final class EnvelopeReader {
    private final Optional<Identity> identity;
    private final KnownKeys senders = new KnownKeys();

    /**
     * A reader.
     *
     * @param identity whose mailbox it opens, if anybody's
     */
    public EnvelopeReader(Optional<Identity> identity) {
        this.identity = identity;
    }

    /**
     * Reads an envelope.
     *
     * @param timestampSeconds the time of an envelope that does not say when it was made
     * @throws UnreadableEnvelope if it is none that a receiver should see
     */
    public OpenedEnvelope read(EnvelopeParts parts, long timestampSeconds)
            throws UnreadableEnvelope {
        EnvelopeHeader header = parts.header();
        try {
            SealedContent content =
                    header.sealed()
                            ? open(parts)
                            : new SealedContent(parts.signature(), parts.body());
            MessageEnvelope envelope =
                    EnvelopeCodec.decode(header, content.body(), timestampSeconds);
            return new OpenedEnvelope(
                    envelope,
                    authenticity(envelope.sender(), parts.clearHeader(), content),
                    header.sealed());
        } catch (ProtocolException e) {
            throw new UnreadableEnvelope(Reason.MALFORMED, "malformed: " + e.sentence());
        }
    }

    private SealedContent open(EnvelopeParts parts) throws UnreadableEnvelope {
        Identity owner =
                identity.filter(own -> own.key().address().equals(parts.header().mailbox()))
                        .orElseThrow(() ->
                                new UnreadableEnvelope(
                                        Reason.NOT_OPENED,
                                        "not opened: it is sealed, and this client has no"
                                                + " key of its mailbox"));
        try {
            return SealedContent.read(Sealing.open(owner, parts.clearHeader(), parts.body()));
        } catch (Sealing.NotOpened e) {
            throw new UnreadableEnvelope(
                    Reason.NOT_OPENED,
                    "not opened: it was not sealed for its mailbox's key, or was changed since");
        }
    }

    /** A sender that looks like a key is one that signed, and the other way round. */
    private Authenticity authenticity(String sender, ByteBuffer clearHeader, SealedContent content)
            throws UnreadableEnvelope {
        boolean signed = content.signature().hasRemaining();
        if (!sender.startsWith(MailboxName.KEY_PREFIX)) {
            if (signed) {
                throw forged("it is signed, and its sender is no key");
            }
            return Authenticity.UNSIGNED;
        }
        if (!signed) {
            throw forged("its sender is a key that did not sign it");
        }
        ByteBuffer statement = EnvelopeCodec.signed(clearHeader, content.body());
        if (!key(sender).verifies(SignatureKind.ENVELOPE, statement, content.signature())) {
            throw forged("its sender's key did not sign it as it is");
        }
        return Authenticity.VERIFIED;
    }

    private IdentityKey key(String sender) throws UnreadableEnvelope {
        try {
            return senders.ofAddress(sender);
        } catch (ProtocolException e) {
            throw forged("its sender is no key that could sign");
        }
    }

    private static UnreadableEnvelope forged(String sentence) {
        return new UnreadableEnvelope(Reason.FORGED, "forged: " + sentence);
    }
}
