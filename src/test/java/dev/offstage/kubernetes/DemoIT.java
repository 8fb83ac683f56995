package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** The demo, without containers. */
class DemoIT {

    private static Pods pods;
    private static OffstageProcess api;

    @BeforeAll
    static void startPods() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        Overlay demo = Overlay.render("demo");
        Map<String, String> secrets = Pods.decoded(demo.ofKind("Secret")
                .filter(secret -> Overlay.nameOf(secret).startsWith("offstage-"))
                .findFirst()
                .orElseThrow()
                .path("data"));
        pods = new Pods(demo, secrets, Map.of());
        pods.migrate("api");
        pods.makeTablesNewer();
        api = pods.start("api");
        for (String name : List.of("relay", "scheduler", "worker")) {
            pods.start(name).awaitReady();
        }
    }

    @AfterAll
    static void stopPods() throws Exception {
        if (pods != null) {
            pods.close();
        }
    }

    @Test
    void aSignUpAtTheApiIsDoneByTheWorker() throws Exception {
        pods.assertThatASignUpIsDone(api, "offstage");
    }

    @Test
    void everySettingIsKnownAndLogsAreJson() throws Exception {
        for (OffstageProcess process : pods.processes()) {
            assertThat(process.output()).doesNotContain("Unrecognized configuration key")
                    .contains("\"level\":\"INFO\"");
        }
    }
}
