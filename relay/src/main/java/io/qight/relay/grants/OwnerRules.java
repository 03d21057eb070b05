package io.qight.relay.grants;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.relay.grants.OwnerRule.Revoke;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the owners of keys' mailboxes have laid down, as the store keeps it. A rule holds from the
 * commit that keeps it on. One change at a time: the next is asked for when the commit of the one
 * before has returned.
 */
public final class OwnerRules {
    /** Rules that are kept, in all. */
    static final int RULES_MAX = 100_000;

    /** Rules of one owner. */
    static final int OF_OWNER_MAX = 1_024;

    /** Rules that came from one address in this run of the relay. */
    static final int FROM_ADDRESS_MAX = 10_000;

    /** How far ahead the end of a grant may lie that is taken back. */
    static final long ENDS_MILLIS_MAX = Duration.ofDays(3_660).toMillis();

    private static final int READ_ENVELOPES = 1_024;
    private static final long READ_BYTES = 1 << 20;

    /** A rule that is in the store. */
    private record Kept(OwnerRule rule, long sequence, @Nullable AddressPrefix from) {}

    private final Map<GrantName, Kept> revoked = new HashMap<>();
    private final Map<String, Kept> demanding = new HashMap<>();
    private final Map<Long, Kept> bySequence = new HashMap<>();
    private final Map<IdentityKey, Integer> byOwner = new HashMap<>();
    private final Map<AddressPrefix, Integer> byAddress = new HashMap<>();

    /** Those that the store keeps. */
    static OwnerRules read(MailboxStore store) {
        OwnerRules rules = new OwnerRules();
        long after = 0;
        List<StoredEnvelope> found;
        do {
            found = store.read(KeptRule.PLACE, after, READ_ENVELOPES, READ_BYTES);
            for (StoredEnvelope one : found) {
                rules.add(new Kept(KeptRule.of(one), one.sequence(), null));
                after = one.sequence();
            }
        } while (!found.isEmpty());
        return rules;
    }

    /** Whether the grant was taken back. */
    boolean revoked(Grant grant) {
        return !revoked.isEmpty() && revoked.containsKey(GrantName.of(grant));
    }

    /** Whether who sends there has to have a grant. */
    boolean demanded(String mailbox) {
        return demanding.containsKey(mailbox);
    }

    /** Why a rule is not kept that comes from there; empty if it is. */
    public Optional<Refusal> refusal(OwnerRule rule, AddressPrefix from, long nowMillis) {
        if (rule instanceof Revoke revoke
                && revoke.revocation().endsMillis() > nowMillis + ENDS_MILLIS_MAX) {
            return Optional.of(
                    new Refusal(ErrorCode.INVALID_TTL, "the grant would end too far ahead"));
        }
        boolean more = change(rule, nowMillis).orElse(null) instanceof Operation.Append;
        if (more
                && (bySequence.size() >= RULES_MAX
                        || byOwner.getOrDefault(rule.owner(), 0) >= OF_OWNER_MAX
                        || byAddress.getOrDefault(from, 0) >= FROM_ADDRESS_MAX)) {
            return Optional.of(
                    new Refusal(
                            ErrorCode.OVERLOADED,
                            "the relay keeps as many revocations and demands as it may"));
        }
        return Optional.empty();
    }

    /** What the store has to be told of a rule; empty if it holds already, or means nothing. */
    public Optional<Operation> change(OwnerRule rule, long nowMillis) {
        Kept before = before(rule);
        if (rule instanceof Revoke revoke) {
            long ends = revoke.revocation().endsMillis();
            boolean holds =
                    before != null
                            && before.rule instanceof Revoke earlier
                            && earlier.revocation().endsMillis() >= ends;
            return holds || ends <= nowMillis
                    ? Optional.empty()
                    : Optional.of(KeptRule.append(rule, nowMillis));
        }
        boolean demands = ((OwnerRule.Demand) rule).grants();
        if (demands == (before != null)) {
            return Optional.empty();
        }
        return Optional.of(
                before == null
                        ? KeptRule.append(rule, nowMillis)
                        : new Operation.Remove(KeptRule.PLACE, before.sequence, Removal.ACKED));
    }

    /** The commit has returned that keeps it. */
    public void kept(OwnerRule rule, AddressPrefix from, long sequence) {
        add(new Kept(rule, sequence, from));
    }

    /** The store does not keep it any more: it has ended, or is no longer wanted. */
    void removed(long sequence) {
        Kept kept = bySequence.remove(sequence);
        if (kept == null) {
            return;
        }
        if (kept.rule instanceof Revoke revoke) {
            revoked.remove(name(revoke), kept);
        } else {
            demanding.remove(kept.rule.owner().address(), kept);
        }
        byOwner.computeIfPresent(kept.rule.owner(), (owner, count) -> less(count));
        if (kept.from != null) {
            byAddress.computeIfPresent(kept.from, (address, count) -> less(count));
        }
    }

    private void add(Kept kept) {
        if (kept.rule instanceof Revoke revoke) {
            revoked.put(name(revoke), kept);
        } else {
            demanding.put(kept.rule.owner().address(), kept);
        }
        bySequence.put(kept.sequence, kept);
        byOwner.merge(kept.rule.owner(), 1, Integer::sum);
        if (kept.from != null) {
            byAddress.merge(kept.from, 1, Integer::sum);
        }
    }

    private @Nullable Kept before(OwnerRule rule) {
        return rule instanceof Revoke revoke
                ? revoked.get(name(revoke))
                : demanding.get(rule.owner().address());
    }

    private static GrantName name(Revoke revoke) {
        return new GrantName(revoke.owner(), revoke.revocation().grant());
    }

    private static @Nullable Integer less(int count) {
        return count == 1 ? null : count - 1;
    }
}
