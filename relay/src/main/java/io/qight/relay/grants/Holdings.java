package io.qight.relay.grants;

import io.qight.relay.access.SenderQuota;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.SendPermits;
import io.qight.store.OutboxId;
import io.qight.transport.AddressPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How much of what waits somewhere is whose: an address and an outbox have at most their quota
 * each. It is counted exactly, from the start of the relay on.
 */
final class Holdings {
    private static final int STRANGERS_PART = 10;

    /** From where, and under which outbox, if under one. */
    private record Name(AddressPrefix address, Optional<OutboxId> outbox) {}

    private final SenderQuota quota;
    private final Map<String, Mailbox> mailboxes = new HashMap<>();

    Holdings(SenderQuota quota) {
        this.quota = quota;
    }

    /** Of strangers in a key's mailbox: each has at most a tenth of it. */
    static Holdings ofStrangers(MailboxQuota mailbox) {
        long envelopes = Math.max(1, mailbox.envelopesMax() / STRANGERS_PART);
        long bytes = Math.max(1, mailbox.bytesMax() / STRANGERS_PART);
        return new Holdings(new SenderQuota(envelopes, bytes, envelopes, bytes));
    }

    /**
     * Takes room for an envelope; empty if the sender has as much as it may.
     *
     * @param mailbox where it is counted
     */
    Optional<SendPermits.Hold> hold(
            AddressPrefix address, Optional<OutboxId> outbox, String mailbox, int bytes) {
        Mailbox here = mailboxes.computeIfAbsent(mailbox, any -> new Mailbox());
        Holder holder = here.holder(new Name(address, outbox));
        if (holder.fits(bytes)) {
            holder.add(bytes);
        } else {
            tidy(mailbox, here, holder);
            return Optional.empty();
        }
        return Optional.of(
                new SendPermits.Hold() {
                    @Override
                    public void stored(long sequence) {
                        here.envelopes.add(sequence, bytes, holder);
                    }

                    @Override
                    public void notStored() {
                        holder.remove(bytes);
                        tidy(mailbox, here, holder);
                    }
                });
    }

    /** An envelope has left its mailbox. */
    void removed(String mailbox, long sequence) {
        Mailbox here = mailboxes.get(mailbox);
        if (here != null) {
            here.envelopes
                    .remove(sequence)
                    .ifPresent(taken -> {
                        taken.holder().remove(taken.bytes());
                        tidy(mailbox, here, taken.holder());
                    });
        }
    }

    /** In how many mailboxes something is counted. */
    int mailboxes() {
        return mailboxes.size();
    }

    private void tidy(String mailbox, Mailbox here, Holder holder) {
        here.forgetIfEmpty(holder);
        if (here.holders.isEmpty()) {
            mailboxes.remove(mailbox);
        }
    }

    /** What senders have of one mailbox. */
    private final class Mailbox {
        final HeldEnvelopes<Holder> envelopes = new HeldEnvelopes<>();
        final Map<Name, Holder> holders = new HashMap<>();
        final Map<AddressPrefix, Share> addresses = new HashMap<>();
        final Map<OutboxId, Share> outboxes = new HashMap<>();

        Holder holder(Name name) {
            return holders.computeIfAbsent(
                    name,
                    any ->
                            new Holder(
                                    name,
                                    addresses.computeIfAbsent(name.address, one -> ofAddress()),
                                    name.outbox.map(id ->
                                            outboxes.computeIfAbsent(id, one -> ofOutbox()))));
        }

        private Share ofAddress() {
            return new Share(quota.addressEnvelopesMax(), quota.addressBytesMax());
        }

        private Share ofOutbox() {
            return new Share(quota.outboxEnvelopesMax(), quota.outboxBytesMax());
        }

        void forgetIfEmpty(Holder holder) {
            if (holder.envelopes > 0) {
                return;
            }
            holders.remove(holder.name);
            if (holder.address.envelopes == 0) {
                addresses.remove(holder.name.address);
            }
            if (holder.outbox.isPresent() && holder.outbox.get().envelopes == 0) {
                holder.name.outbox.ifPresent(outboxes::remove);
            }
        }
    }

    /** Who sent an envelope. */
    private static final class Holder {
        final Name name;
        final Share address;
        final Optional<Share> outbox;
        long envelopes;

        Holder(Name name, Share address, Optional<Share> outbox) {
            this.name = name;
            this.address = address;
            this.outbox = outbox;
        }

        boolean fits(int bytes) {
            return address.fits(bytes) && (outbox.isEmpty() || outbox.get().fits(bytes));
        }

        void add(int bytes) {
            count(1, bytes);
        }

        void remove(int bytes) {
            count(-1, -bytes);
        }

        private void count(int more, int bytes) {
            envelopes += more;
            address.add(more, bytes);
            outbox.ifPresent(share -> share.add(more, bytes));
        }
    }

    /** What an address or an outbox has. */
    private static final class Share {
        final long envelopesMax;
        final long bytesMax;
        long envelopes;
        long bytes;

        Share(long envelopesMax, long bytesMax) {
            this.envelopesMax = envelopesMax;
            this.bytesMax = bytesMax;
        }

        boolean fits(int more) {
            return envelopes < envelopesMax && bytes + more <= bytesMax;
        }

        void add(long moreEnvelopes, long moreBytes) {
            envelopes += moreEnvelopes;
            bytes += moreBytes;
        }
    }
}
