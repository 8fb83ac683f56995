package dev.offstage.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.RateLimit;

/**
 * How often one address may sign somebody up, or try a password, in this process. The address is that of the connection, or
 * what a trusted proxy says of it.
 */
@Singleton
class AddressLimits {

    private static final int AFTER_THE_GATE = 890;
    private static final String SIGN_UP = "/signup";
    private static final String LOG_IN = "/j_security_check";
    private static final int UNAUTHORIZED = 401;
    private static final int MOST_ADDRESSES = 100_000;
    /** What one household or host commonly has of IPv6 (RFC 6177): addresses in it cost nothing. */
    private static final int NETWORK_BYTES = 8;

    private final Buckets signUps;
    private final Buckets logIns;

    AddressLimits(OffstageConfig config) {
        this.signUps = new Buckets(config.api().signUpsPerAddress());
        this.logIns = new Buckets(config.operator().logInsPerAddress());
    }

    void guard(@Observes Filters filters) {
        filters.register(this::decide, AFTER_THE_GATE);
    }

    private void decide(RoutingContext request) {
        boolean post = request.request().method() == HttpMethod.POST;
        if (post && SIGN_UP.equals(request.normalizedPath())) {
            take(signUps, request, "Too many sign-ups from your address: try again");
        } else if (post && LOG_IN.equals(request.normalizedPath())) {
            take(logIns, request, "Too many log-ins from your address: try again");
        } else if (request.request().getHeader(HttpHeaders.AUTHORIZATION) != null) {
            count(request);
        } else {
            request.next();
        }
    }

    private static void take(Buckets buckets, RoutingContext request, String refusal) {
        Optional<Bucket> bucket = buckets.of(request);
        if (bucket.isEmpty()) {
            request.next();
            return;
        }
        ConsumptionProbe probe = bucket.get().tryConsumeAndReturnRemaining(1);
        if (probe.isConsumed()) {
            request.next();
        } else {
            refuse(request, Duration.ofNanos(probe.getNanosToWaitForRefill()), refusal);
        }
    }

    /** A program sends its password with each request; only wrong ones count. */
    private void count(RoutingContext request) {
        Optional<Bucket> bucket = logIns.of(request);
        if (bucket.isEmpty()) {
            request.next();
            return;
        }
        long nanos = bucket.get().estimateAbilityToConsume(1).getNanosToWaitForRefill();
        if (nanos > 0) {
            refuse(request, Duration.ofNanos(nanos), "Too many wrong passwords from your address: try again");
            return;
        }
        request.addEndHandler(done -> {
            if (request.response().getStatusCode() == UNAUTHORIZED) {
                bucket.get().tryConsume(1);
            }
        });
        request.next();
    }

    private static void refuse(RoutingContext request, Duration wait, String refusal) {
        long seconds = wait.toSeconds() + 1;
        request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        Problem.of(429, refusal + " in " + seconds + " s.").end(request.response());
    }

    /** One for each address. */
    private static final class Buckets {

        private final Optional<RateLimit> limit;
        private final Cache<String, Bucket> byAddress;

        Buckets(Optional<RateLimit> limit) {
            this.limit = limit;
            this.byAddress = Caffeine.newBuilder()
                    .maximumSize(MOST_ADDRESSES)
                    .expireAfterAccess(limit.map(RateLimit::per).orElse(Duration.ofSeconds(1)).multipliedBy(2))
                    .build();
        }

        Optional<Bucket> of(RoutingContext request) {
            String address = network(request.request().remoteAddress().hostAddress());
            return limit.map(rate -> byAddress.get(address, missing -> bucket(rate)));
        }

        private static Bucket bucket(RateLimit rate) {
            return Bucket.builder()
                    .addLimit(limit -> limit.capacity(rate.permits()).refillGreedy(rate.permits(), rate.per()))
                    .build();
        }

        private static String network(String address) {
            if (address.indexOf(':') < 0) {
                return address; // also a name, which is not looked up
            }
            try {
                return InetAddress.getByName(address) instanceof Inet6Address parsed
                        ? HexFormat.of().formatHex(parsed.getAddress(), 0, NETWORK_BYTES)
                        : address;
            } catch (UnknownHostException e) {
                return address;
            }
        }
    }
}
