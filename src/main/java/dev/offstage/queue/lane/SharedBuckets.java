package dev.offstage.queue.lane;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;

import dev.offstage.config.RateLimit;

/** The token buckets of the lanes' rate limits: in PostgreSQL, so that all workers draw from the same ones. */
@ApplicationScoped
class SharedBuckets implements Permits.Buckets {

    private static final Logger LOG = Logger.getLogger(SharedBuckets.class);

    private static final Duration SAVED = Duration.ofMillis(250);
    /** For how long a bucket that is full again, and so holds what a new one will soon hold, stays. */
    private static final Duration KEPT_FULL = Duration.ofMinutes(1);

    private final ProxyManager<String> buckets;

    SharedBuckets(AgroalDataSource dataSource) {
        this.buckets = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(dataSource)
                .table("rate_bucket")
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                // The row says from when on it is like a new one; cleanup removes it then.
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEPT_FULL))
                .build();
    }

    @Override
    public Permits.Taken take(String type, RateLimit limit, long wanted) {
        try {
            // A bucket of its own for each limit: in that of another, Bucket4j would go on with the old limit.
            BucketProxy bucket = buckets.builder().build(type + " " + limit, () -> configuration(limit));
            long permits = bucket.tryConsumeAsMuchAsPossible(wanted);
            return permits > 0
                    ? new Permits.Taken(permits, Duration.ZERO)
                    : new Permits.Taken(0,
                            Duration.ofNanos(bucket.estimateAbilityToConsume(1).getNanosToWaitForRefill()));
        } catch (RuntimeException e) {
            LOG.debugf(e, "No permits for %s", type);
            return Permits.Taken.NOTHING;
        }
    }

    /**
     * It starts with one permit: at 1/h, the first job does not wait for an hour. It saves permits of up to a quarter of
     * a second, for workers that are held up for a moment. So that these do not add to the limit for long, it fills a hundredth
     * more slowly than the limit says. Example: at 100 a second it saves 25 permits and fills with 99 a second, so that after 25
     * seconds no more have started than the limit allows.
     */
    private static BucketConfiguration configuration(RateLimit limit) {
        return BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(Permits.within(SAVED, limit))
                        .refillGreedy(99L * limit.permits(), limit.per().multipliedBy(100))
                        .initialTokens(1))
                .build();
    }
}
