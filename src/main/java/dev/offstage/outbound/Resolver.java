package dev.offstage.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Finds the addresses of a host. */
interface Resolver {

    /**
     * @return at least one
     * @throws IOException if there is none, or none in time
     */
    List<InetAddress> resolve(String host) throws IOException, InterruptedException;
}
