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
            no-handler   | offstage.jobs.nobody.concurrency | 1     | There are settings under offstage.jobs for nobody but no handler
            bad-ladder   | offstage.retry.delays            | 4s,1s | offstage.retry.delays must be positive and each longer than the one before.
            own-ladder   | offstage.jobs.welcome-email.retry.delays | 4s,1s | offstage.jobs.welcome-email.retry.delays must be positive and each longer than the one before.
            no-such-type | offstage.worker.types            | mail,nobody | offstage.worker.types names nobody, and there is no such job type
            no-time      | offstage.jobs.welcome-email.timeout | 0s | The config property offstage.jobs.welcome-email.timeout with the config value "0s" threw an Exception whilst being converted must be longer than 0
            no-place     | offstage.jobs.welcome-email.concurrency | 0 | offstage.jobs.welcome-email.concurrency with the config value "0" threw an Exception whilst being converted must be a whole number from 1 to 10000
            no-number    | offstage.api.max-requests        | abc   | must be a whole number from 1 to 2147483647
            blank-time   | offstage.worker.grace            | ' '   | must be longer than 0
            no-roles     | offstage.roles                   | ''    | offstage.roles is defined as the empty String
            no-ladder    | offstage.retry.delays            | ''    | offstage.retry.delays is defined as the empty String
            bad-cron     | offstage.schedules.cleanup.cron  | daily | offstage.schedules.cleanup.cron cannot be used. Write five fields
            bad-collector | offstage.analytics.url          | nonsense | offstage.analytics.url is "nonsense"
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
