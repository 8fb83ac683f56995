package dev.offstage.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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
 * what trusted proxies say of it.
 */
@Singleton
class AddressLimits {

    private static final int AFTER_THE_GATE = 890;
    private static final String SIGN_UP = "/signup";
    private static final String LOG_IN = "/j_security_check";
    private static final String FORWARDED_FOR = "X-Forwarded-For";
    private static final Pattern WITH_PORT = Pattern
            .compile("\\[([0-9A-Fa-f:.]+)](?::\\d+)?|(\\d+(?:\\.\\d+){3}):\\d+");
    private static final int SEE_OTHER = 303;
    private static final int UNAUTHORIZED = 401;
    private static final int MOST_ADDRESSES = 100_000;

    private final int proxies;
    private final Buckets signUps;
    private final Buckets logIns;

    AddressLimits(OffstageConfig config) {
        this.proxies = config.api().proxies();
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

    private void take(Buckets buckets, RoutingContext request, String refusal) {
        Optional<Bucket> bucket = buckets.of(address(request));
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
        Optional<Bucket> bucket = logIns.of(address(request));
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

    /**
     * Each proxy adds whoever it was called by: what is before ours was written by whoever calls, and may be anything. Quarkus
     * takes the first one, if the proxy is trusted.
     */
    String address(RoutingContext request) {
        String caller = request.request().connection().remoteAddress().hostAddress();
        String told = request.request().remoteAddress().hostAddress();
        List<String> hops = request.request()
                .headers()
                .getAll(FORWARDED_FOR)
                .stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .toList();
        return told.equals(caller) || hops.isEmpty()
                ? told
                : withoutPort(hops.get(Math.max(0, hops.size() - proxies)));
    }

    /** Some proxies write it down, and it is another one with each connection. */
    private static String withoutPort(String hop) {
        Matcher parts = WITH_PORT.matcher(hop);
        return parts.matches() ? parts.group(1) == null ? parts.group(2) : parts.group(1) : hop;
    }

    private static void refuse(RoutingContext request, Duration wait, String refusal) {
        long seconds = wait.toSeconds() + 1;
        request.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        if (LOG_IN.equals(request.normalizedPath()) && isPerson(request)) {
            request.response()
                    .setStatusCode(SEE_OTHER)
                    .putHeader(HttpHeaders.LOCATION, "/console/log-in?wait=" + seconds)
                    .end();
            return;
        }
        Problem.of(429, refusal + " in " + seconds + " s.").end(request.response());
    }

    private static boolean isPerson(RoutingContext request) {
        String accepted = request.request().getHeader(HttpHeaders.ACCEPT);
        return accepted != null && accepted.contains("text/html");
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

        Optional<Bucket> of(String address) {
            return limit.map(rate -> byAddress.get(Network.of(address), missing -> bucket(rate)));
        }

        private static Bucket bucket(RateLimit rate) {
            return Bucket.builder()
                    .addLimit(limit -> limit.capacity(rate.permits()).refillGreedy(rate.permits(), rate.per()))
                    .build();
        }
    }
}
