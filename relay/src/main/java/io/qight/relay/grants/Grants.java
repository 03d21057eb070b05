package io.qight.relay.grants;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.relay.access.SenderQuota;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import io.qight.relay.outbox.SendPermits;
import io.qight.relay.outbox.Sender;
import io.qight.store.MailboxStore;
import io.qight.store.OutboxId;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may send to keys' mailboxes: their owners always; who uses a grant, within it; anybody else
 * where the owner demands no grant, up to a share of the mailbox. Named mailboxes know none of it;
 * what all senders may have waiting in all mailboxes together is bounded where the operator wants
 * it.
 */
public final class Grants implements SendPermits {
    /** Where what is anywhere is counted. */
    private static final String EVERYWHERE = "";

    private final OwnerRules rules;
    private final GrantRates rates = new GrantRates();
    private final Holdings strangers;

    /** Of everybody, in all mailboxes, if that is bounded: their numbers are the whole store's. */
    private final Optional<Holdings> senders;

    private Grants(OwnerRules rules, MailboxQuota mailbox, SenderQuota sender) {
        this.rules = rules;
        this.strangers = Holdings.ofStrangers(mailbox);
        this.senders =
                sender.equals(SenderQuota.NONE)
                        ? Optional.empty()
                        : Optional.of(new Holdings(sender));
    }

    /** With the rules that the store keeps. */
    public static Grants read(MailboxStore store, MailboxQuota mailbox, SenderQuota sender) {
        return new Grants(OwnerRules.read(store), mailbox, sender);
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
            strangers.removed(mailbox, sequence);
        }
        senders.ifPresent(all -> all.removed(EVERYWHERE, sequence));
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
        boolean stranger =
                ofKey(mailbox) && !sender.owns(mailbox) && sender.grant(mailbox).isEmpty();
        if (!stranger && senders.isEmpty()) {
            return UNCOUNTED;
        }
        int bytes = send.bytes().remaining();
        Optional<OutboxId> outbox = Optional.of(sender.outbox());
        Optional<Hold> share =
                stranger ? strangers.hold(sender.address(), outbox, mailbox, bytes) : UNCOUNTED;
        if (share.isEmpty() || senders.isEmpty()) {
            return share;
        }
        Optional<Hold> waiting = senders.get().hold(sender.address(), outbox, EVERYWHERE, bytes);
        if (waiting.isEmpty()) {
            share.get().notStored();
        }
        return waiting.map(hold -> both(share.get(), hold));
    }

    /** The same for an envelope of version 0, which goes to names alone and knows no outbox. */
    public Optional<Hold> hold(AddressPrefix address, int bytes) {
        return senders.isEmpty()
                ? UNCOUNTED
                : senders.get().hold(address, Optional.empty(), EVERYWHERE, bytes);
    }

    private static Hold both(Hold first, Hold second) {
        return new Hold() {
            @Override
            public void stored(long sequence) {
                first.stored(sequence);
                second.stored(sequence);
            }

            @Override
            public void notStored() {
                first.notStored();
                second.notStored();
            }
        };
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
