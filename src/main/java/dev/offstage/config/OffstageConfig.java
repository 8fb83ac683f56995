package dev.offstage.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.InMemory;
import dev.offstage.config.Bounds.NotNegative;
import dev.offstage.config.Bounds.Positive;
import dev.offstage.config.Bounds.PositiveDuration;
import dev.offstage.config.Bounds.Replication;
import dev.offstage.config.Bounds.Rows;

/** Everything that can be set under {@code offstage.}; the README's table explains each setting. */
@ConfigMapping(prefix = "offstage")
public interface OffstageConfig {

    /** What this process does. */
    @WithDefault("api,relay,worker,scheduler")
    Set<Role> roles();

    default boolean has(Role role) {
        return roles().contains(role);
    }

    /** Of which job types this process runs jobs, where it is a worker; of all by default. */
    Optional<@WithConverter(Bounds.Lanes.class) LaneSelection> lanes();

    /** Whether jobs of this type run here, where this process is a worker. */
    default boolean hasLane(String type) {
        return lanes().map(lanes -> lanes.has(type)).orElse(true);
    }

    Retry retry();

    /** By job type. */
    Map<String, Lane> jobs();

    /** By name. */
    Map<String, Schedule> schedules();

    Cleanup cleanup();

    Topics topics();

    Relay relay();

    Worker worker();

    Avatar avatar();

    Mail mail();

    Analytics analytics();

    Webhooks webhooks();

    Notifications notifications();

    Api api();

    Signup signup();

    Statistics statistics();

    Report report();

    /** Where people reach this service, without a slash at the end: links in mail begin with it. */
    @WithDefault("http://localhost:8080")
    String publicUrl();

    Operator operator();

    Embedded embedded();

    interface Retry {
        /** The delay before attempt 2, 3, …; each of up to ten minutes becomes a retry topic per type, longer ones wait in PostgreSQL. */
        @WithDefault("1s,4s,16s,64s")
        List<Duration> delays();
    }

    interface Lane {
        /** How many jobs of this type run at once in one worker. */
        @WithConverter(InMemory.class)
        @WithDefault("16")
        int concurrency();

        /**
         * How many records may wait in one worker for a place to run, so that no place stays empty and partitions can take
         * turns. The Kafka connector may hold one and a half times as many besides.
         */
        @WithConverter(InMemory.class)
        @WithDefault("500")
        int prefetch();

        /** An attempt that takes longer is interrupted and counts as failed. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("30s")
        Duration timeout();

        /** Of each of the type's topics, when they are created. */
        @WithConverter(Positive.class)
        @WithDefault("12")
        int partitions();

        /** What its handler runs on: platform for one that computes more than it waits. */
        @WithDefault("virtual")
        HandlerThreads threads();

        /** How many attempts may start in a time across all workers, such as 100/s; none by default. */
        Optional<@WithConverter(Bounds.Rate.class) RateLimit> rateLimit();

        LaneRetry retry();
    }

    interface LaneRetry {
        /** How often a failed job is tried again at once, before the ladder begins. */
        @WithConverter(NotNegative.class)
        @WithDefault("0")
        int immediate();

        /** The ladder of this type; that of all types by default. */
        Optional<List<Duration>> delays();
    }

    /** What operators have not changed or deleted. */
    interface Schedule {
        /** Five fields as in crontab(5), or a name such as {@code @daily}. */
        String cron();

        /** The time zone of the cron expression. */
        @WithDefault("UTC")
        String zone();

        /** Of the jobs that it enqueues. */
        String type();

        /** Of the jobs that it enqueues, in JSON. */
        @WithDefault("{}")
        String payload();

        @WithDefault("true")
        boolean enabled();
    }

    /** How long the job type {@code cleanup} leaves what has ended where it is. */
    interface Cleanup {
        /** Longer than Kafka keeps records, so that nothing in it asks for a job that is gone. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("15d")
        Duration completedAfter();

        /** The same of cancelled jobs. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("15d")
        Duration cancelledAfter();

        /** The same of dead letters. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("90d")
        Duration deadAfter();

        /** The same of what operators did. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("365d")
        Duration auditAfter();
    }

    interface Topics {
        /** The replication factor of topics that Offstage creates. */
        @WithConverter(Replication.class)
        @WithDefault("1")
        int replication();
    }

    interface Relay {
        /** How many committed jobs may wait in memory for Kafka; those beyond it wait in PostgreSQL. */
        @WithConverter(Positive.class)
        @WithDefault("10000")
        int queue();

        /** How often each process asks PostgreSQL whether there is anything to do: jobs that are due and not in Kafka, cancellations, limits. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("250ms")
        Duration sweepEvery();

        /** How long a committed job may take to Kafka before the sweep looks after it. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("5s")
        Duration sweepAfter();

        /** A job that Kafka has had for this long, and whose lane has read past it without claiming it, is published again. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("30s")
        Duration forgottenAfter();
    }

    interface Worker {
        /** A worker that shows no sign of life for this long is taken for dead; its jobs run elsewhere. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("4s")
        Duration expiry();

        /** How long running jobs may go on after a stop was asked for; the rest are given back. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("10s")
        Duration grace();

        /** How many handlers may go on after their timeout, heedless of the interrupt, before this process reports itself not live. */
        @WithConverter(Positive.class)
        @WithDefault("500")
        int maxStuckAttempts();

        /** A job during which so many workers died is dead: it may be what ends them. */
        @WithConverter(Positive.class)
        @WithDefault("3")
        int maxLost();
    }

    interface Avatar {

        /** Where pictures are kept as they were uploaded. */
        enum Store {
            POSTGRESQL, S3
        }

        @WithDefault("postgresql")
        Store store();

        S3 s3();

        /** Larger pictures (width × height) are refused from their header, before they take memory. */
        @WithDefault("50000000")
        long maxPixels();

        /** Animations with more pixels (frames × width × height) are refused before they are decoded. */
        @WithDefault("100000000")
        long maxAnimationPixels();

        /**
         * What all decoders of a process together may take; two fifths of the heap if it is not set. What would take more is
         * refused at the sign-up, so API and workers should agree.
         */
        Optional<MemorySize> decodingMemory();
    }

    /** Object storage for uploaded pictures, where that is the store. */
    interface S3 {
        Optional<String> bucket();

        /** That of AWS by default. */
        Optional<URI> endpoint();

        @WithDefault("us-east-1")
        String region();

        /** Whether the bucket is named in the path and not in the host. */
        @WithDefault("false")
        boolean pathStyle();

        /** What AWS' own variables, files and services say by default. */
        Optional<String> accessKey();

        Optional<String> secretKey();

        /** How long one call may take. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("5s")
        Duration timeout();
    }

    interface Mail {
        /**
         * Whether the mail server offers SMTPUTF8 (RFC 6531). Without it no mail can be sent to addresses with letters beyond ASCII
         * before the @, so the sign-up refuses them.
         */
        @WithDefault("true")
        boolean smtputf8();
    }

    interface Analytics {
        /** A Segment-compatible collector: events go to {@code <url>/v1/batch}. */
        Optional<String> url();

        /** How long one call to the collector may take. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("5s")
        Duration timeout();

        /** How many events one call carries at most; no more than jobs of the type run at once. */
        @WithConverter(Positive.class)
        @WithDefault("100")
        int batchSize();

        /** How large the body of one call may be; Segment takes 500 KB. */
        @WithDefault("500000")
        MemorySize batchBytes();

        /** How large one event may be; Segment takes 32 KB. */
        @WithDefault("32000")
        MemorySize eventBytes();

        /** How long an event waits for others to share its call. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("200ms")
        Duration batchLinger();
    }

    interface Webhooks {
        /** Whether web hooks, and channels of notifications, may lead to addresses that are not public. */
        @WithDefault("false")
        boolean allowPrivate();

        /** How long a request to one may take, beside the look at DNS. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("10s")
        Duration timeout();
    }

    interface Notifications {
        /** How long the first notification to a user waits for others that become one message with it. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("1m")
        Duration digest();
    }

    interface Api {
        /** How many connections there may be; for one more the one is closed that has kept us waiting for longest. */
        @WithConverter(Positive.class)
        @WithDefault("4096")
        int maxConnections();

        /** How many of them one address may have; those of trusted proxies are not counted. */
        @WithConverter(Positive.class)
        @WithDefault("256")
        int connectionsPerAddress();

        /** How long a connection may be silent between two requests. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("60s")
        Duration idleTimeout();

        /** How long the head of a request may take; a body, and an answer that is not read, have this long and the minimum rate. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("10s")
        Duration patience();

        /** How much of a body must come, and of an answer must be read, in each second after that. */
        @WithDefault("32K")
        MemorySize minRate();

        /** How many requests whose bodies are there may be under way; one more is answered with 503 at once. */
        @WithConverter(Positive.class)
        @WithDefault("64")
        int maxRequests();

        /** How many of them one address may have. */
        @WithConverter(Positive.class)
        @WithDefault("48")
        int requestsPerAddress();

        /** What bodies may take in memory together, forms aside: those of up to 64 KiB that are on their way, and the larger ones each. */
        @WithDefault("32M")
        MemorySize maxBodies();

        /** What those of one address may take. */
        @WithDefault("16M")
        MemorySize bodiesPerAddress();

        /** What forms of more than 64 KiB may take on the disk together. */
        @WithDefault("400M")
        MemorySize maxForms();

        /** What those of one address may take. */
        @WithDefault("100M")
        MemorySize formsPerAddress();

        /** How many large pictures and reports may be under way to those who read them; one more is answered with 503. */
        @WithConverter(Positive.class)
        @WithDefault("64")
        int maxDownloads();

        /** How many of them one address may have. */
        @WithConverter(Positive.class)
        @WithDefault("16")
        int downloadsPerAddress();

        /** What answers that are not read yet may take in memory together; beyond it the connection with a large one is closed. */
        @WithDefault("64M")
        MemorySize maxUnsent();

        /** How many proxies of ours stand before this process, where {@code quarkus.http.proxy.proxy-address-forwarding} is on. */
        @WithConverter(Positive.class)
        @WithDefault("1")
        int proxies();

        /** How often one address may sign somebody up, in this process, such as 60/m; empty for no limit. */
        @WithDefault("60/m")
        Optional<@WithConverter(Bounds.Rate.class) RateLimit> signUpsPerAddress();
    }

    interface Signup {
        /** Whether whoever signs up is told that an address is taken; else its owner is, by mail. */
        @WithDefault("true")
        boolean revealTaken();
    }

    interface Statistics {
        /** How many rows a job of the type cohorts adds to its sums at a time, in one transaction. */
        @WithConverter(Rows.class)
        @WithDefault("10000")
        int chunk();
    }

    interface Report {
        /** Who gets a mail with a link to each report whose job names nobody. */
        Optional<List<String>> mailTo();
    }

    interface Operator {
        /** The password of the user {@code operator}; generated in the embedded default, required elsewhere. */
        Optional<String> password();

        /** Where mail to the operator goes, such as that a web hook without an owner was switched off; none by default. */
        Optional<String> email();

        /** How often one address may try a wrong password, in this process, such as 10/m; empty for no limit. */
        @WithDefault("10/m")
        Optional<@WithConverter(Bounds.Rate.class) RateLimit> logInsPerAddress();

        /**
         * How often addresses that never knew the password may try it together, in this process, such as 100/m; empty for no
         * limit.
         */
        @WithDefault("100/m")
        Optional<@WithConverter(Bounds.Rate.class) RateLimit> logInsOfStrangers();

        /** A session ends when nothing was asked in it for this long. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("2h")
        Duration sessionIdle();

        /** A session ends this long after its log-in, whatever was done in it. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("12h")
        Duration sessionMax();
    }

    /** Read before Quarkus starts, by the embedded parts; listed here so that every setting is known. */
    interface Embedded {
        @WithDefault(".offstage")
        String dataDir();

        @WithDefault("9092")
        int kafkaPort();

        @WithDefault("5432")
        int postgresPort();

        @WithDefault("1025")
        int smtpPort();

        /** Where the mail that arrived can be seen in a browser. */
        @WithDefault("8025")
        int mailboxPort();

        /** Where analytics events go and can be seen in a browser. */
        @WithDefault("8026")
        int collectorPort();
    }
}
