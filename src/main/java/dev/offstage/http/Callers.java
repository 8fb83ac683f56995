package dev.offstage.http;

import java.net.InetAddress;
import java.net.UnknownHostException;

import jakarta.inject.Singleton;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/** Who sent a request, for bounds per address: the peer of the connection, or whom a trusted proxy names. */
@Singleton
class Callers {

    private final CallerAddress addresses;
    private final Peers peers;

    Callers(CallerAddress addresses, Peers peers) {
        this.addresses = addresses;
        this.peers = peers;
    }

    String address(RoutingContext request) {
        return Network.of(addresses.of(request.request()));
    }

    /** Where Quarkus believes a forwarded address it comes from a trusted proxy: its connections are of many callers. */
    void learnProxy(HttpServerRequest request) {
        String connected = request.connection().remoteAddress().hostAddress();
        if (connected != null && !connected.equals(request.remoteAddress().hostAddress())) {
            try {
                peers.trust(InetAddress.getByName(connected)); // an address, which is not looked up
            } catch (UnknownHostException e) {
                throw new IllegalStateException(connected + " is the address of a connection", e);
            }
        }
    }

    /** Runs this when the last byte of the answer has gone, or the connection has. */
    void keepUntilSent(RoutingContext request, Runnable release) {
        Peer.of(request.request().connection())
                .ifPresentOrElse(peer -> peer.whenSent(release), () -> request.addEndHandler(done -> release.run()));
    }
}
