package io.qight.relay.grants;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import io.qight.relay.outbox.SendPermits;
import io.qight.relay.outbox.Sender;
import io.qight.store.MailboxStore;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may send to keys' mailboxes: their owners always; who uses a grant, within it; anybody else
 * where the owner demands no grant, up to a share of the mailbox. Named mailboxes know none of it.
 */
public final class Grants implements SendPermits {
    private static final Hold NOTHING =
            new Hold() {
                @Override
                public void stored(long sequence) {}

                @Override
                public void notStored() {}
            };

    private final OwnerRules rules;
    private final GrantRates rates = new GrantRates();
    private final Holdings holdings;

    private Grants(OwnerRules rules, MailboxQuota quota) {
        this.rules = rules;
        this.holdings = new Holdings(quota);
    }

    /** With the rules that the store keeps. */
    public static Grants read(MailboxStore store, MailboxQuota quota) {
        return new Grants(OwnerRules.read(store), quota);
    }

    /** What owners have laid down. */
    public OwnerRules rules() {
        return rules;
    }

    /** The commit has returned that took it out of a mailbox. */
    public void removed(String mailbox, long sequence) {
        if (mailbox.equals(KeptRule.PLACE)) {
            rules.removed(sequence);
        } else if (ofKey(mailbox)) {
            holdings.removed(mailbox, sequence);
        }
    }

    @Override
    public @Nullable Refusal refusal(Sender sender, Send send, long nowMillis) {
        if (!ofKey(send.mailbox()) || sender.owns(send.mailbox())) {
            return null;
        }
        Grant grant = sender.grant(send.mailbox()).orElse(null);
        if (grant != null) {
            return refusal(grant, send, nowMillis);
        } else if (rules.demanded(send.mailbox())) {
            return notAllowed("the mailbox's owner demands a grant");
        }
        return null;
    }

    @Override
    public @Nullable Refusal rate(Sender sender, Send send, long nowMillis) {
        Grant grant = sender.grant(send.mailbox()).orElse(null);
        if (grant == null || sender.owns(send.mailbox())) {
            return null;
        }
        long afterMillis = rates.take(grant, nowMillis);
        return afterMillis == 0
                ? null
                : new Refusal(
                        ErrorCode.RATE_LIMITED, ErrorCode.RATE_LIMITED.sentence(), afterMillis);
    }

    @Override
    public Optional<Hold> hold(Sender sender, Send send) {
        String mailbox = send.mailbox();
        if (!ofKey(mailbox) || sender.owns(mailbox) || sender.grant(mailbox).isPresent()) {
            return Optional.of(NOTHING);
        }
        return holdings.hold(sender, mailbox, send.bytes().remaining());
    }

    private @Nullable Refusal refusal(Grant grant, Send send, long nowMillis) {
        GrantTerms terms = grant.terms();
        if (nowMillis < terms.notBeforeMillis()) {
            return notAllowed("the grant does not hold yet");
        } else if (nowMillis >= terms.expiresMillis()) {
            return notAllowed("the grant has ended");
        } else if (rules.revoked(grant)) {
            return notAllowed("the grant was taken back");
        } else if (send.bytes().remaining() > terms.envelopeBytesMax()) {
            return new Refusal(
                    ErrorCode.ENVELOPE_SIZE,
                    "the grant is for envelopes of at most " + terms.envelopeBytesMax() + " bytes");
        }
        return null;
    }

    private static Refusal notAllowed(String sentence) {
        return new Refusal(ErrorCode.NOT_ALLOWED, sentence);
    }

    private static boolean ofKey(String mailbox) {
        return mailbox.startsWith(MailboxName.KEY_PREFIX);
    }
}
