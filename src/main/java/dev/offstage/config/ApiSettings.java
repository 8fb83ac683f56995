package dev.offstage.config;

import java.time.Duration;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;

/**
 * {@code offstage.api}: what callers of the HTTP API may take. Sizes are bytes such as {@code 32M}, and limits count what this
 * process has.
 */
public interface ApiSettings {

    /** How many connections there may be. For one more, the connection is closed that has kept this process waiting for longest. */
    @WithConverter(Positive.class)
    @WithDefault("4096")
    int maxConnections();

    /** How many connections one address may have; those of trusted proxies are not counted. */
    @WithConverter(Positive.class)
    @WithDefault("256")
    int connectionsPerAddress();

    /** How long a connection may be silent between two requests, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("60s")
    Duration idleTimeout();

    /**
     * How long the head of a request may take, as a duration. A body that comes, and an answer that is read, have this long and
     * then the minimum rate.
     */
    @WithConverter(PositiveDuration.class)
    @WithDefault("10s")
    Duration patience();

    /** How many bytes of a body must come, and of an answer must be read, in each second after that. */
    @WithDefault("32K")
    MemorySize minRate();

    /** How many requests whose bodies have come may be under way; one more is answered with 503 at once. */
    @WithConverter(Positive.class)
    @WithDefault("64")
    int maxRequests();

    /** How many requests of one address may be under way. */
    @WithConverter(Positive.class)
    @WithDefault("48")
    int requestsPerAddress();

    /**
     * What bodies may take in memory, forms aside: those larger than 64 KiB together, and again the smaller ones that are still on
     * their way.
     */
    @WithDefault("32M")
    MemorySize maxBodies();

    /** What the bodies of one address may take in memory. */
    @WithDefault("16M")
    MemorySize bodiesPerAddress();

    /** What forms of more than 64 KiB may take on the disk together. */
    @WithDefault("400M")
    MemorySize maxForms();

    /** What the forms of one address may take on the disk. */
    @WithDefault("100M")
    MemorySize formsPerAddress();

    /** How many large pictures and reports may be on their way to those who read them; one more is answered with 503. */
    @WithConverter(Positive.class)
    @WithDefault("64")
    int maxDownloads();

    /** How many large pictures and reports may be on their way to one address. */
    @WithConverter(Positive.class)
    @WithDefault("16")
    int downloadsPerAddress();

    /** What answers that are not read yet may take in memory together; beyond it, a connection with a large one is closed. */
    @WithDefault("64M")
    MemorySize maxUnsent();

    /** How many proxies of ours stand before this process, where {@code quarkus.http.proxy.proxy-address-forwarding} is on. */
    @WithConverter(Positive.class)
    @WithDefault("1")
    int proxies();

    /** How often one address may sign somebody up, such as {@code 60/m}; empty for no limit. */
    @WithDefault("60/m")
    Optional<@WithConverter(Bounds.Rate.class) RateLimit> signUpsPerAddress();
}
