package dev.offstage.queue;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;

import dev.offstage.config.RateLimit;

/** The token buckets of the lanes' rate limits: in PostgreSQL, so that all workers draw from the same ones. */
@ApplicationScoped
class SharedBuckets {

    private static final Logger LOG = Logger.getLogger(SharedBuckets.class);

    private static final Duration SAVED = Duration.ofMillis(250);

    private final ProxyManager<String> buckets;

    SharedBuckets(AgroalDataSource dataSource) {
        this.buckets = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(dataSource)
                .table("rate_bucket")
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                .build();
    }

    /** @return how many permits it got, of those wanted; 0 if PostgreSQL cannot be reached */
    long take(String type, RateLimit limit, long wanted) {
        try {
            return buckets.builder()
                    .withImplicitConfigurationReplacement(limit.hashCode(), TokensInheritanceStrategy.RESET)
                    .build(type, () -> configuration(limit))
                    .tryConsumeAsMuchAsPossible(wanted);
        } catch (RuntimeException e) {
            LOG.debugf(e, "No permits for %s", type);
            return 0;
        }
    }

    /**
     * It starts empty and holds what workers that are held up for a moment leave in it. It fills a hundredth more slowly than the
     * limit says: so what was saved does not add to the limit for longer than 25 times as long as it took to save.
     */
    private static BucketConfiguration configuration(RateLimit limit) {
        return BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(Permits.within(SAVED, limit))
                        .refillGreedy(99L * limit.permits(), limit.per().multipliedBy(100))
                        .initialTokens(0))
                .build();
    }
}
