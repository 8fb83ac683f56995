package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;

class LaneChannelsTest {

    private static final int ORDINAL = 250;

    /** What is refused with a sentence elsewhere counts as not set. */
    @ParameterizedTest
    @CsvSource({
            "offstage.jobs.mail.concurrency, 4, 250",
            "offstage.jobs.mail.prefetch, 10, 5",
            "offstage.jobs.mail.prefetch, 5, 3",
            "offstage.jobs.mail.prefetch, 1, 1",
            "offstage.jobs.mail.prefetch, few, 250",
            "mp.messaging.incoming.mail.max.poll.records, 7, 7"})
    void aPollBringsHalfOfWhatALanePrefetches(String setting, String value, int records) {
        var settings = Map.of("offstage.jobs.mail.timeout", "30s", setting, value);

        int polled = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", ORDINAL))
                .withSources(new LaneChannels())
                .build()
                .getValue("mp.messaging.incoming.mail.max.poll.records", Integer.class);

        assertThat(polled).isEqualTo(records);
    }
}
