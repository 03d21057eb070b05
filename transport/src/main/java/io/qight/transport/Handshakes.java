package io.qight.transport;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** How many handshakes a server has open, on all its event loops. Thread-safe. */
final class Handshakes {
    private static final double BEGUN_PART = 0.5;

    private final HandshakeQuota quota;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<AddressPrefix, Integer> byAddress = new ConcurrentHashMap<>();
    private final LongAdder retries = new LongAdder();
    private final LongAdder drops = new LongAdder();
    private final AddressPace connects;

    Handshakes(HandshakeQuota quota, LongSupplier nanoClock) {
        this.quota = quota;
        this.connects = quota.connectPace(nanoClock);
    }

    int open() {
        return open.get();
    }

    /** Whether an address has to be proved before a handshake begins. */
    boolean mustProve() {
        return open() >= quota.unprovedMax();
    }

    /** Whether so many are open as only a flood makes, also where addresses are always proved. */
    boolean flooded() {
        return open() >= quota.flood();
    }

    /** Whether none may begin from this address, which is proved. */
    boolean full(InetAddress address) {
        return open() >= quota.openMax()
                || byAddress.getOrDefault(AddressPrefix.of(address), 0) >= quota.perAddressMax();
    }

    /** One begins; the address may be forged. */
    void begin(InetAddress address) {
        open.incrementAndGet();
        byAddress.merge(AddressPrefix.of(address), 1, Integer::sum);
    }

    void end(InetAddress address) {
        open.decrementAndGet();
        byAddress.computeIfPresent(
                AddressPrefix.of(address), (any, count) -> count == 1 ? null : count - 1);
    }

    /** Whether this address has connected so often that its next connection waits. */
    boolean tooMany(InetAddress address) {
        return connects.ahead(address, 1);
    }

    /** Whether what its connections begin waits: that leaves it half, so that it can connect. */
    boolean tooMuchBegun(InetAddress address) {
        return connects.ahead(address, BEGUN_PART);
    }

    /**
     * A client at this address has connected, or done what counts like so many connections. The
     * address is proved: nobody can have another one's counted.
     */
    void connected(InetAddress address, double connections) {
        connects.count(address, connections);
    }

    /** A client was asked to prove its address. */
    void retried() {
        retries.increment();
    }

    /** How many were. */
    long retries() {
        return retries.sum();
    }

    /** A datagram of a handshake was dropped, since its address sends too many. */
    void dropped() {
        drops.increment();
    }

    /** How many were. */
    long drops() {
        return drops.sum();
    }
}
