package dev.offstage.task.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.Test;

class ReportMailTest {

    @Test
    void itSaysWhereTheReportIs() {
        UUID id = UUID.fromString("01a20f12-787d-70a4-b6bd-0eafcd4fee72");
        Period week = new Period(LocalDate.of(2026, 1, 1), LocalDate.of(2026, 1, 7));
        Report report = new Report(id, week, 12_345, 258, 4_711, "etag", Instant.EPOCH);

        ReportMail mail = ReportMail.of(report, "https://offstage.example", List.of("ada@example.com"));

        assertThat(mail.to()).containsExactly("ada@example.com");
        assertThat(mail.subject()).isEqualTo("Sign-ups 2026-01-01 to 2026-01-07");
        assertThat(mail.text()).contains("12,345", "258 pages",
                "\nhttps://offstage.example/reports/01a20f12-787d-70a4-b6bd-0eafcd4fee72.pdf\n");
    }
}
