package dev.offstage.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** What {@code kubectl apply} of a next version does, without containers: the next version changes the busiest table. */
@Tag("nightly")
class RolloutIT {

    private static final Path MIGRATIONS = Path.of("target", "next-version-migrations").toAbsolutePath();
    private static final Path NEXT_VERSION = Path.of("target", "next-version");
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    /** The second migration comes while the first one sleeps. */
    private static final String CHANGE = """
            select pg_sleep(5);
            set lock_timeout = '5s';
            alter table job add column next_version text not null default 'changed';
            """;
    private static final String HISTORY = "select count(*) from flyway_schema_history where version = '9001' and success";

    private static Pods pods;

    @BeforeAll
    static void makeTheNextVersion() throws Exception {
        assumeTrue(Overlay.canRender(), "kubectl is not installed");
        Files.createDirectories(MIGRATIONS);
        Files.writeString(MIGRATIONS.resolve("V9001__next_version.sql"), CHANGE);
        Process build = new ProcessBuilder("mvn", "-B", "-ntp", "-o", "-q", "quarkus:build",
                "-Dquarkus.flyway.locations=db/migration,filesystem:" + MIGRATIONS,
                "-Dquarkus.package.output-directory=" + NEXT_VERSION.getFileName()).inheritIO().start();
        assertThat(build.waitFor(8, TimeUnit.MINUTES)).as("the build ends").isTrue();
        assertThat(build.exitValue()).isZero();

        pods = new Pods(Overlay.render("demo"), Map.of("QUARKUS_DATASOURCE_PASSWORD", "offstage",
                "OFFSTAGE_OPERATOR_PASSWORD", "offstage"), Map.of("OFFSTAGE_API_SIGN_UPS_PER_ADDRESS", "10000/m"));
    }

    @AfterAll
    static void stopPods() throws Exception {
        if (pods != null) {
            pods.close();
        }
    }

    @Test
    void theNextVersionTakesOverWithoutLosingOrDoublingAnything() throws Exception {
        pods.migrate("api");
        OffstageProcess api = pods.start("api");
        OffstageProcess relay = pods.start("relay");
        OffstageProcess worker = pods.start("worker");
        List.of(api, relay, worker).forEach(OffstageProcess::awaitReady);

        SignUps signUps = new SignUps(api);
        ExecutorService background = Executors.newSingleThreadExecutor();
        try {
            Future<List<String>> signedUp = background.submit(signUps);

            pods.setImage(NEXT_VERSION);
            // Of two pods that start at once one migrates, and the other one waits.
            OffstageProcess first = pods.startMigration("api");
            OffstageProcess second = pods.startMigration("relay");
            assertThat(first.awaitEnd()).isZero();
            assertThat(second.awaitEnd()).isZero();
            assertThat(first.output() + second.output()).containsOnlyOnce("Successfully applied 1 migration")
                    .containsOnlyOnce("No migration necessary");
            assertThat(pods.count(HISTORY)).isOne();

            OffstageProcess nextApi = pods.start("api").awaitReady();
            signUps.goTo(nextApi);
            api.terminate();
            OffstageProcess nextRelay = pods.start("relay").awaitReady();
            relay.terminate();
            pods.start("worker").awaitReady();
            worker.terminate();
            // A pod of the old version that starts once more, as one does whose node has gone, finds newer tables and goes on.
            pods.setImage(OffstageProcess.PACKAGE);
            pods.migrate("relay");
            pods.start("relay").awaitReady();
            nextRelay.terminate();

            signUps.end();
            List<String> people = signedUp.get(30, TimeUnit.SECONDS);
            assertThat(people).hasSizeGreaterThan(20);
            await().atMost(PATIENCE).until(() -> pods.recipients().size() >= people.size());
            assertThat(pods.recipients()).as("everybody gets one mail").containsExactlyInAnyOrderElementsOf(people);
            await().atMost(PATIENCE)
                    .until(() -> pods.count("select count(*) from job where state <> 'completed'") == 0);
        } finally {
            signUps.end();
            background.shutdownNow();
        }
    }

    /** People who sign up, a few each second. */
    private static final class SignUps implements Callable<List<String>> {

        private static final int MOST_REFUSALS = 30;

        private volatile OffstageProcess api;
        private volatile boolean ended;

        SignUps(OffstageProcess api) {
            this.api = api;
        }

        /** As a service sends to a pod that is ready in place of one that ends. */
        void goTo(OffstageProcess next) {
            api = next;
        }

        void end() {
            ended = true;
        }

        @Override
        public List<String> call() throws Exception {
            List<String> people = new ArrayList<>();
            while (!ended) {
                String email = UUID.randomUUID() + "@example.com";
                int status = signUp(email);
                // A busy machine has some come again later; one of those may have been taken all the same.
                int refused = 0;
                while (status == 503 && refused < MOST_REFUSALS) {
                    refused++;
                    TimeUnit.SECONDS.sleep(1);
                    status = signUp(email);
                }
                assertThat(status).as("the sign-up after %d others and %d refusals", people.size(), refused)
                        .isIn(201, refused == 0 ? 201 : 409);
                people.add(email);
                TimeUnit.MILLISECONDS.sleep(200);
            }
            return people;
        }

        private int signUp(String email) throws Exception {
            return api.postJson("/signup", "{\"name\":\"Ada\",\"email\":\"" + email + "\"}").statusCode();
        }
    }
}
