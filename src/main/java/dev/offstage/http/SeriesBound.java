package dev.offstage.http;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.quarkus.micrometer.runtime.MeterRegistryCustomizer;

/** Limits the number of all meters, so that metrics never fill the memory, whatever their tags are made of. */
@Singleton
class SeriesBound implements MeterRegistryCustomizer {

    private static final Logger LOG = Logger.getLogger(SeriesBound.class);
    /** A process with all roles and twelve job types has some 7,000, most of them Kafka's. */
    private static final int MOST_METERS = 20_000;

    @Override
    public void customize(MeterRegistry registry) {
        bound(registry, MOST_METERS);
    }

    /** Meters beyond it are not kept; those that are removed make room. */
    static void bound(MeterRegistry registry, int most) {
        AtomicInteger meters = new AtomicInteger(registry.getMeters().size());
        AtomicBoolean told = new AtomicBoolean();
        registry.config()
                .onMeterAdded(meter -> meters.incrementAndGet())
                .onMeterRemoved(meter -> meters.decrementAndGet())
                .meterFilter(new MeterFilter() {
                    @Override
                    public MeterFilterReply accept(Meter.Id id) {
                        if (meters.get() < most) {
                            return MeterFilterReply.NEUTRAL;
                        }
                        if (told.compareAndSet(false, true)) {
                            LOG.errorf("There are %d metrics, and no more are kept, such as %s: report this error.",
                                    most, id);
                        }
                        return MeterFilterReply.DENY;
                    }
                });
    }
}
