package io.qight.relay.grants;

import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.SendPermits;
import io.qight.relay.outbox.Sender;
import io.qight.store.OutboxId;
import io.qight.transport.AddressPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How much of each key's mailbox is a stranger's: an address and an outbox have at most a tenth of
 * its quota each. It is counted exactly, from the start of the relay on.
 */
final class Holdings {
    private static final int SHARE = 10;

    /** From where, and under which outbox. */
    private record Name(AddressPrefix address, OutboxId outbox) {}

    private final long envelopesMax;
    private final long bytesMax;
    private final Map<String, Mailbox> mailboxes = new HashMap<>();

    Holdings(MailboxQuota quota) {
        this.envelopesMax = Math.max(1, quota.envelopesMax() / SHARE);
        this.bytesMax = Math.max(1, quota.bytesMax() / SHARE);
    }

    /** Takes room for an envelope; empty if the sender has as much as it may. */
    Optional<SendPermits.Hold> hold(Sender sender, String mailbox, int bytes) {
        Mailbox here = mailboxes.computeIfAbsent(mailbox, any -> new Mailbox());
        Holder holder = here.holder(new Name(sender.address(), sender.outbox()));
        boolean fits = holder.address.fits(bytes) && holder.outbox.fits(bytes);
        if (fits) {
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

    /** How many mailboxes hold something of a stranger's. */
    int mailboxes() {
        return mailboxes.size();
    }

    private void tidy(String mailbox, Mailbox here, Holder holder) {
        here.forgetIfEmpty(holder);
        if (here.holders.isEmpty()) {
            mailboxes.remove(mailbox);
        }
    }

    /** What strangers have of one mailbox. */
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
                                    addresses.computeIfAbsent(name.address, one -> new Share()),
                                    outboxes.computeIfAbsent(name.outbox, one -> new Share())));
        }

        void forgetIfEmpty(Holder holder) {
            if (holder.envelopes > 0) {
                return;
            }
            holders.remove(holder.name);
            if (holder.address.envelopes == 0) {
                addresses.remove(holder.name.address);
            }
            if (holder.outbox.envelopes == 0) {
                outboxes.remove(holder.name.outbox);
            }
        }
    }

    /** Who sent an envelope. */
    private static final class Holder {
        final Name name;
        final Share address;
        final Share outbox;
        long envelopes;

        Holder(Name name, Share address, Share outbox) {
            this.name = name;
            this.address = address;
            this.outbox = outbox;
        }

        void add(int bytes) {
            envelopes++;
            address.add(1, bytes);
            outbox.add(1, bytes);
        }

        void remove(int bytes) {
            envelopes--;
            address.add(-1, -bytes);
            outbox.add(-1, -bytes);
        }
    }

    /** What an address or an outbox has of one mailbox. */
    private final class Share {
        long envelopes;
        long bytes;

        boolean fits(int more) {
            return envelopes < envelopesMax && bytes + more <= bytesMax;
        }

        void add(long moreEnvelopes, long moreBytes) {
            envelopes += moreEnvelopes;
            bytes += moreBytes;
        }
    }
}
