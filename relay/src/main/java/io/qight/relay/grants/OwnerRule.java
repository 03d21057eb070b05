package io.qight.relay.grants;

import io.qight.identity.IdentityKey;
import io.qight.identity.Revocation;

/** What the owner of a key's mailbox lays down for those who send there. */
public sealed interface OwnerRule {
    /** Who lays it down. */
    IdentityKey owner();

    /** A grant is taken back; signed by its owner. */
    record Revoke(IdentityKey owner, Revocation revocation) implements OwnerRule {}

    /** Whether who sends there has to have a grant. */
    record Demand(IdentityKey owner, boolean grants) implements OwnerRule {}
}
