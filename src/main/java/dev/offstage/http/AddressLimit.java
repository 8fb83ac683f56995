package dev.offstage.http;

import java.time.Duration;
import java.util.Optional;

import io.github.bucket4j.Bucket;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.offstage.config.RateLimit;

/** How often something may come from one address, in this process. What it remembers is bounded. */
public final class AddressLimit {

    private static final int MOST_ADDRESSES = 100_000;

    private final Optional<RateLimit> limit;
    private final Cache<String, Bucket> byNetwork;

    /** @param limit empty for none */
    public AddressLimit(Optional<RateLimit> limit) {
        this.limit = limit;
        this.byNetwork = Caffeine.newBuilder()
                .maximumSize(MOST_ADDRESSES)
                .expireAfterAccess(limit.map(RateLimit::per).orElse(Duration.ofSeconds(1)).multipliedBy(2))
                .build();
    }

    /** What is left for this address; empty if there is no limit. */
    public Optional<Bucket> of(String address) {
        return limit.map(rate -> byNetwork.get(Network.of(address), missing -> bucket(rate)));
    }

    public static Bucket bucket(RateLimit rate) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(rate.permits()).refillGreedy(rate.permits(), rate.per()))
                .build();
    }
}
