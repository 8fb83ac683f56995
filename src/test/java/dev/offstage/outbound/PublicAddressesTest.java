package dev.offstage.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressesTest {

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
            "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
            "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7",
            "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
            // other spellings of 127.0.0.1
            "2130706433", "127.1",
            // the unspecified, loopback, link-local, site-local, unique local and multicast
            "::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1",
            // IPv4 within IPv6: mapped, compatible, translated, NAT64, local NAT64, 6to4, Teredo
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.1.2.3", "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1", "64:ff9b::192.168.1.1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::1", "2002:a00:1::",
            "2002:c0a8:101::1", "2001::1",
            // documentation, benchmarks, discard-only, segment routing, and what nobody has assigned
            "2001:db8::1", "3fff::1", "2001:2::1", "100::1", "5f00::1", "4000::1"})
    void notPublic(String address) throws UnknownHostException {
        assertThat(PublicAddresses.include(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "192.169.0.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1",
            "3ffe::1", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    void publicOnes(String address) throws UnknownHostException {
        assertThat(PublicAddresses.include(InetAddress.getByName(address))).isTrue();
    }

    @Test
    void mappedAddressesThatJavaWasMadeToKeepAsIpv6() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xFF;
        mapped[11] = (byte) 0xFF;
        mapped[12] = 127;
        mapped[15] = 1;

        assertThat(PublicAddresses.include(Inet6Address.getByAddress(null, mapped, 1))).isFalse();
    }
}
