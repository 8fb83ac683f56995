package dev.offstage.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells addresses of the public internet from those that lead to this machine, its neighbours or nowhere. The blocks are those
 * that the IANA registries of special-purpose addresses (RFC 6890) call not globally reachable, and multicast. Of IPv6 only
 * global unicast (2000::/3) is public at all; what carries an IPv4 address, 6to4 (RFC 3056) and NAT64 (RFC 6052), is as public
 * as that one.
 */
final class PublicAddresses {

    private static final List<Block> NOT_PUBLIC = blocks("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
            "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // protocols such as Teredo, documentation
            "2001::/23", "2001:db8::/32", "3fff::/20");
    private static final Block GLOBAL_UNICAST = Block.of("2000::/3");
    private static final Block SIX_TO_FOUR = Block.of("2002::/16");
    private static final Block NAT64 = Block.of("64:ff9b::/96");
    private static final int IPV4_BYTES = 4;
    private static final int IN_SIX_TO_FOUR = 2;
    private static final int IN_NAT64 = 12;

    /** All addresses that begin with the same bits. */
    private record Block(byte[] prefix, int bits) {

        static Block of(String written) {
            String[] parts = written.split("/");
            try {
                return new Block(InetAddress.getByName(parts[0]).getAddress(), Integer.parseInt(parts[1]));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(written, e);
            }
        }

        boolean holds(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            int whole = bits / Byte.SIZE;
            int mask = 0xFF00 >> bits % Byte.SIZE;
            return Arrays.equals(address, 0, whole, prefix, 0, whole)
                    && (bits % Byte.SIZE == 0 || ((address[whole] ^ prefix[whole]) & mask & 0xFF) == 0);
        }
    }

    private PublicAddresses() {
    }

    static boolean include(InetAddress address) {
        return include(address.getAddress());
    }

    private static boolean include(byte[] address) {
        if (SIX_TO_FOUR.holds(address)) {
            return include(ipv4In(address, IN_SIX_TO_FOUR));
        }
        if (NAT64.holds(address)) {
            return include(ipv4In(address, IN_NAT64));
        }
        return (address.length == IPV4_BYTES || GLOBAL_UNICAST.holds(address))
                && NOT_PUBLIC.stream().noneMatch(block -> block.holds(address));
    }

    private static byte[] ipv4In(byte[] address, int from) {
        return Arrays.copyOfRange(address, from, from + IPV4_BYTES);
    }

    private static List<Block> blocks(String... written) {
        return Stream.of(written).map(Block::of).toList();
    }
}
