package dev.offstage.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

class StartLogTest {

    @Test
    void variablesOfOursThatAreNoSettingsAreNamed() {
        assertThat(StartLog.unknown(Set.of("PATH", "OFFSTAGE_LANEZ", "OFFSTAGE_ROLE", "OFFSTAGE_JOBS_MAIL_CONCURENCY")))
                .isEqualTo(List.of("OFFSTAGE_JOBS_MAIL_CONCURENCY", "OFFSTAGE_LANEZ", "OFFSTAGE_ROLE"));
    }

    @Test
    void settingsAreKnown() {
        assertThat(StartLog.unknown(Set.of("OFFSTAGE_LANES", "OFFSTAGE_ROLES", "OFFSTAGE_RETRY_DELAYS",
                "OFFSTAGE_JOBS_AVATAR_RESIZE_CONCURRENCY", "OFFSTAGE_JOBS_MAIL_RETRY_DELAYS_0_",
                "OFFSTAGE_SCHEDULES_CLEANUP_CRON", "OFFSTAGE_AVATAR_S3_ACCESS_KEY", "OFFSTAGE_OPERATOR_PASSWORD")))
                .isEmpty();
    }
}
