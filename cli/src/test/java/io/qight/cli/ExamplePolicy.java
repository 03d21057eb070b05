package io.qight.cli;

import io.qight.relay.access.Access;
import io.qight.relay.access.AccessPolicy;
import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import java.net.InetAddress;
import java.util.Set;

/** Everybody whose address is not banned uses what is public. */
record ExamplePolicy(Set<InetAddress> banned) implements AccessPolicy {
    @Override
    public Admission admit(Peer peer) {
        return banned.contains(peer.address())
                ? new Admission.Refused("the address is banned")
                : new Admission.Granted(new Public(peer.address()));
    }

    private final class Public implements Access {
        private final InetAddress address;

        Public(InetAddress address) {
            this.address = address;
        }

        @Override
        public boolean maySend(String mailbox) {
            return mailbox.startsWith("public/");
        }

        @Override
        public boolean mayFetch(String mailbox) {
            return mailbox.startsWith("public/");
        }

        @Override
        public boolean stands() {
            return !banned.contains(address);
        }
    }
}
