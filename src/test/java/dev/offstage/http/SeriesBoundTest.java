package dev.offstage.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

class SeriesBoundTest {

    private static final int MOST = 100;

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final LogWatch log = new LogWatch(SeriesBound.class);

    @Test
    void noMoreAreKeptAndTheLogSaysSoOnce() {
        SeriesBound.bound(registry, MOST);
        log.start();
        try {
            for (int i = 0; i < MOST * 3; i++) {
                registry.counter("made.up", "by", "caller-" + i).increment();
            }
        } finally {
            log.stop();
        }

        assertThat(registry.getMeters()).hasSize(MOST);
        assertThat(log.errors()).singleElement().asString().contains("no more are kept");
        registry.counter("made.up", "by", "caller-1").increment();
        assertThat(registry.counter("made.up", "by", "caller-1").count()).isEqualTo(2);
    }

    @Test
    void whatIsRemovedMakesRoom() {
        SeriesBound.bound(registry, 1);
        Meter first = registry.counter("first");
        registry.remove(first);

        registry.counter("second").increment();

        assertThat(registry.counter("second").count()).isEqualTo(1);
    }
}
