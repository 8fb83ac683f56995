package dev.offstage.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;

/**
 * What counts as one address in limits. Of IPv6 it is a /64, which one household or host commonly has (RFC 6177): it can use
 * any address in it.
 */
public final class Network {

    private static final int BYTES = 8;

    private Network() {
    }

    public static String of(InetAddress address) {
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(address.getAddress(), 0, BYTES)
                : address.getHostAddress();
    }

    /** @param address also a name, which is not looked up */
    public static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            return of(InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
