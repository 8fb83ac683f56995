package dev.offstage.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Finds the addresses of a host, and waits for them no longer than some seconds. */
public interface Resolver {

    /**
     * @param host a name, or an address as it is written
     * @return at least one
     * @throws IOException if there is none, or none in time
     */
    List<InetAddress> resolve(String host) throws IOException, InterruptedException;
}
