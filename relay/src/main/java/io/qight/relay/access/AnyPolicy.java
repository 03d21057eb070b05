package io.qight.relay.access;

import java.util.ArrayList;
import java.util.List;

/** See {@link AccessPolicy#anyOf}. */
final class AnyPolicy implements AccessPolicy {
    private final List<AccessPolicy> policies;

    AnyPolicy(List<AccessPolicy> policies) {
        this.policies = List.copyOf(policies);
    }

    @Override
    public Admission admit(Peer peer) {
        List<Access> granted = new ArrayList<>();
        for (AccessPolicy policy : policies) {
            Admission admission = policy.admit(peer);
            if (admission instanceof Admission.Refused) {
                return admission;
            } else if (admission instanceof Admission.Granted one) {
                granted.add(one.access());
            }
        }
        return switch (granted.size()) {
            case 0 -> new Admission.Stranger();
            case 1 -> new Admission.Granted(granted.get(0));
            default -> new Admission.Granted(new Union(granted.toArray(new Access[0])));
        };
    }

    /** An array, so that asking for an envelope allocates nothing. */
    private static final class Union implements Access {
        private final Access[] parts;

        Union(Access[] parts) {
            this.parts = parts;
        }

        @Override
        public boolean maySend(String mailbox) {
            for (Access part : parts) {
                if (part.maySend(mailbox)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean mayFetch(String mailbox) {
            for (Access part : parts) {
                if (part.mayFetch(mailbox)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean stands() {
            for (Access part : parts) {
                if (!part.stands()) {
                    return false;
                }
            }
            return true;
        }
    }
}
