package dev.offstage.task.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class PeriodReportTest {

    private static final Instant TUESDAY = Instant.parse("2026-03-03T08:00:00Z");

    @Test
    void theLastDaysAreThoseBeforeTheFireTimeHoweverLateTheJobIsEnqueued() {
        Instant sunday = Instant.parse("2026-03-01T04:00:00Z");

        assertThat(payload(sunday).period(TUESDAY)).hasToString("2026-02-22 to 2026-02-28");
        assertThat(payload(null).period(TUESDAY)).hasToString("2026-02-24 to 2026-03-02");
    }

    private static PeriodReport.Payload payload(Instant scheduledFor) {
        return new PeriodReport.Payload(null, null, 7, null, scheduledFor);
    }
}
