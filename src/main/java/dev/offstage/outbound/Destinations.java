package dev.offstage.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import dev.offstage.config.OffstageConfig;

/**
 * Keeps others from sending us to addresses that only we can reach (server-side request forgery). A host is looked up once,
 * each of its addresses must be public, and the one returned is where to connect: a second look at DNS could find another.
 */
@Singleton
public class Destinations {

    private final Resolver resolver;
    private final boolean allowPrivate;

    @Inject
    Destinations(Resolver resolver, OffstageConfig config) {
        this(resolver, config.webhooks().allowPrivate());
    }

    Destinations(Resolver resolver, boolean allowPrivate) {
        this.resolver = resolver;
        this.allowPrivate = allowPrivate;
    }

    /**
     * A URL that somebody wants us to call, looked up once for their sake; each request looks again.
     *
     * @throws IllegalArgumentException if it is not one; the message says what to change, as with the others
     * @throws IOException if its host has no address, or DNS does not say so in time
     * @throws RefusedAddress if one of its host's addresses is not public
     */
    public Destination check(String url) throws IOException, InterruptedException {
        Destination destination = Destination.of(url);
        addressOf(destination);
        return destination;
    }

    /**
     * @return where to connect
     * @throws IOException if the host has no address, or DNS does not say so in time
     * @throws RefusedAddress if one of its addresses is not public
     */
    public InetAddress addressOf(Destination destination) throws IOException, InterruptedException {
        List<InetAddress> addresses = resolver.resolve(destination.host());
        if (!allowPrivate && !addresses.stream().allMatch(PublicAddresses::include)) {
            throw new RefusedAddress(destination.host());
        }
        return addresses.get(0);
    }
}
