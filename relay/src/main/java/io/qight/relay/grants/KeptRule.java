package io.qight.relay.grants;

import io.qight.identity.IdentityKey;
import io.qight.identity.Revocation;
import io.qight.relay.grants.OwnerRule.Demand;
import io.qight.relay.grants.OwnerRule.Revoke;
import io.qight.store.Operation;
import io.qight.store.StoredEnvelope;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * An owner's rule as it is kept in the store: one byte each for the layout (1) and the kind; the
 * owner's key. A revocation (kind 1) goes on with the grant's id, eight bytes for its end, and the
 * signature; a demand (kind 2) has no more.
 */
final class KeptRule {
    /** The format under which a store keeps rules. */
    static final byte FORMAT = 3;

    /** The store's mailbox for all of them; clients cannot name it. */
    static final String PLACE = "\u0001grants";

    /** A store needs a deadline. */
    private static final long DEMAND_MILLIS = Duration.ofDays(36_525).toMillis();

    private static final byte LAYOUT = 1;
    private static final byte REVOKE = 1;
    private static final byte DEMAND = 2;
    private static final int HEAD_BYTES = 2 + IdentityKey.BYTES;
    private static final int REVOKE_BYTES =
            HEAD_BYTES + 3 * Long.BYTES + IdentityKey.SIGNATURE_BYTES;

    private KeptRule() {}

    /** What keeps a rule that begins now. */
    static Operation.Append append(OwnerRule rule, long nowMillis) {
        ByteBuffer out = ByteBuffer.allocate(REVOKE_BYTES);
        out.put(LAYOUT);
        long deadlineMillis = nowMillis + DEMAND_MILLIS;
        if (rule instanceof Revoke revoke) {
            Revocation revocation = revoke.revocation();
            deadlineMillis = revocation.endsMillis();
            out.put(REVOKE)
                    .put(rule.owner().bytes())
                    .putLong(revocation.grant().high())
                    .putLong(revocation.grant().low())
                    .putLong(revocation.endsMillis())
                    .put(revocation.signature().duplicate());
        } else {
            out.put(DEMAND).put(rule.owner().bytes());
        }
        return new Operation.Append(PLACE, FORMAT, nowMillis, deadlineMillis, out.flip(), null);
    }

    /** Reads one. */
    static OwnerRule of(StoredEnvelope stored) {
        ByteBuffer in = stored.bytes().duplicate();
        if (stored.format() != FORMAT || in.remaining() < HEAD_BYTES || in.get() != LAYOUT) {
            throw noRule(stored);
        }
        byte kind = in.get();
        IdentityKey owner = IdentityKey.of(take(in, IdentityKey.BYTES));
        if (kind == DEMAND) {
            return new Demand(owner, true);
        } else if (kind != REVOKE || stored.bytes().remaining() != REVOKE_BYTES) {
            throw noRule(stored);
        }
        return new Revoke(
                owner,
                new Revocation(
                        new Id(in.getLong(), in.getLong()),
                        in.getLong(),
                        take(in, IdentityKey.SIGNATURE_BYTES)));
    }

    private static ByteBuffer take(ByteBuffer in, int bytes) {
        ByteBuffer taken = in.slice(in.position(), bytes);
        in.position(in.position() + bytes);
        return taken;
    }

    private static IllegalStateException noRule(StoredEnvelope stored) {
        return new IllegalStateException("no rule of an owner: sequence " + stored.sequence());
    }
}
