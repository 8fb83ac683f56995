package dev.offstage.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.RareTypes;

/** A service whose settings cannot work does not start, and says in a sentence what to do. */
class RefusedStartIT {

    private static Map<String, String> configuration;

    @BeforeAll
    static void startParts() throws Exception {
        configuration = new HashMap<>(new OffstageResource().start());
        configuration.putAll(RareTypes.settings());
        OffstageProcess.makeArchive(configuration);
    }

    @Test
    void refusesToStartWithoutAPasswordWhereNoPartIsEmbedded() throws Exception {
        Path data = Path.of("target", "refused-no-password-data");
        Map<String, String> settings = new HashMap<>(configuration);
        settings.remove("offstage.operator.password");
        settings.put("offstage.embedded.data-dir", data.toString());

        try (OffstageProcess process = new OffstageProcess("refused-no-password", settings)) {
            assertThat(process.awaitEnd()).isEqualTo(1);
            assertThat(process.output()).contains("set offstage.operator.password").doesNotContain("\tat ");
            assertThat(data).doesNotExist();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            no-handler    | offstage.jobs.nobody.concurrency | 1     | There are settings under offstage.jobs for nobody but no handler
            no-time       | offstage.jobs.welcome-email.timeout | 0s | The config property offstage.jobs.welcome-email.timeout with the config value "0s" threw an Exception whilst being converted must be longer than 0
            bad-cron      | offstage.schedules.cleanup.cron  | daily | offstage.schedules.cleanup.cron cannot be used. Write five fields
            mixed-lanes   | offstage.lanes                   | report,-mail | The config property offstage.lanes with the config value "report,-mail" threw an Exception whilst being converted names types with and without a minus
            no-rate       | offstage.jobs.mail.rate-limit    | often | The config property offstage.jobs.mail.rate-limit with the config value "often" threw an Exception whilst being converted "often" is no rate: write it as 100/s
            misspelt      | offstage.lanez                   | mail  | offstage.lanez in SysPropConfigSource does not map to any root
            no-bucket     | offstage.avatar.store            | s3    | offstage.avatar.s3.bucket is not set: set it
            bad-collector | offstage.analytics.url           | nonsense | offstage.analytics.url is "nonsense"
            """)
    void refusesToStart(String name, String setting, String value, String sentence) throws Exception {
        Map<String, String> settings = new HashMap<>(configuration);
        settings.put(setting, value);

        try (OffstageProcess process = new OffstageProcess("refused-" + name, settings)) {
            assertThat(process.awaitEnd()).isEqualTo(1);
            assertThat(process.output()).contains(sentence).doesNotContain("\tat ");
        }
    }
}
