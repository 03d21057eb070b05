package io.qight.relay.grants;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.wire.v1.Id;

/** Which grant: its id is its owner's choice, and names it among the owner's alone. */
record GrantName(IdentityKey owner, Id id) {
    static GrantName of(Grant grant) {
        return new GrantName(grant.owner(), grant.terms().id());
    }
}
