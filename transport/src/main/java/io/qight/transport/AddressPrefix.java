package io.qight.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one address: all of an IPv4 address, the first 64 bits of an IPv6 address, since
 * one host may have all that begin alike.
 *
 * @param version6 whether it is an IPv6 address
 * @param bits what counts of it
 */
public record AddressPrefix(boolean version6, long bits) {
    /** The one that the address belongs to. */
    public static AddressPrefix of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet6Address
                ? new AddressPrefix(true, bytes.getLong())
                : new AddressPrefix(false, bytes.getInt());
    }
}
