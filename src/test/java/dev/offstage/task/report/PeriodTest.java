package dev.offstage.task.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodTest {

    @Test
    void bothItsDaysAreInIt() {
        Period period = new Period(LocalDate.of(2026, 1, 31), LocalDate.of(2026, 2, 1));

        assertThat(period.days()).isEqualTo(2);
        assertThat(period.start()).isEqualTo("2026-01-31T00:00:00Z");
        assertThat(period.end()).isEqualTo("2026-02-02T00:00:00Z");
        assertThat(period).hasToString("2026-01-31 to 2026-02-01");
        assertThat(new Period(period.to(), period.to())).hasToString("2026-02-01");
    }

    @ParameterizedTest
    @CsvSource({
            "2026-03-02T00:00:00Z, 1, 2026-03-01 to 2026-03-01",
            "2026-03-02T23:59:59Z, 7, 2026-02-23 to 2026-03-01"})
    void theLastDaysAreThoseBeforeToday(Instant now, int days, String expected) {
        Period period = Period.before(now, days);

        assertThat(period.from() + " to " + period.to()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
            "2026-01-02, 2026-01-01, before it begins",
            "2016-01-01, 2026-01-31, ten years",
            "1899-12-31, 1900-01-01, must lie between",
            "9999-12-31, +10000-01-01, must lie between"})
    void whatIsNoneIsRefused(String from, String to, String reason) {
        LocalDate first = LocalDate.parse(from);
        LocalDate last = LocalDate.parse(to);

        assertThatThrownBy(() -> new Period(first, last)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
