package dev.offstage.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import io.restassured.path.json.JsonPath;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;

import dev.offstage.testing.Installation;

/** Mails are not going out: an operator finds out why, pauses them, and sends 4,000 dead letters again with one click. */
class ThreeInTheMorningIT {

    private static final int JOBS = 4_000;
    private static final int AT_ONCE = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Test
    void fourThousandDeadLettersAreSentAgainWithOneClick() throws Exception {
        try (Chromium chromium = Chromium.start(); Stage stage = new Stage("three-in-the-morning", Map.of())) {
            Page page = chromium.window();
            stage.parts().mailbox().stop();
            for (int first = 0; first < JOBS; first += AT_ONCE) {
                enqueue(stage, first);
            }
            stage.logIn(page);
            Locator card = page.locator("article")
                    .filter(new Locator.FilterOptions().setHas(page.locator("#type-welcome-email")));
            assertThat(card.locator(".trouble")).containsText("Failing",
                    new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE.toMillis()));
            await().atMost(PATIENCE).until(() -> stats(stage, "dead") == JOBS);
            Chromium.photograph(page, "overview");
            page.locator("#pause-welcome-email").click();
            assertThat(card.locator(".chip")).hasText("paused");

            stage.open(page, "Dead letters");
            assertThat(page.locator("tbody tr")).hasCount(1);
            assertThat(page.locator("tbody tr")).containsText("4,000");
            assertThat(page.locator("tbody .error")).containsText("Connection refused");
            Chromium.photograph(page, "dead-letters");

            stage.parts().mailbox().start();
            stage.open(page, "Overview");
            page.locator("#pause-welcome-email").click();
            assertThat(card.locator(".chip")).hasText("open");
            stage.open(page, "Dead letters");
            long start = System.nanoTime();
            page.locator("#redrive-0").click();
            assertThat(page.locator(".operation")).containsText("of 4,000 jobs");
            Chromium.photograph(page, "redrive");
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> stats(stage, "completed") == JOBS);
            report((System.nanoTime() - start) / 1e9);

            assertThat(page.getByText("There are no dead letters")).isVisible(
                    new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE.toMillis()));
            assertThat(stage.parts().mailbox().size()).isGreaterThanOrEqualTo(JOBS);
        }
    }

    private static void enqueue(Stage stage, int first) throws Exception {
        String jobs = IntStream.range(first, first + AT_ONCE)
                .mapToObj(
                        """
                                {"type":"welcome-email","key":"user-%1$d","payload":{"userId":"01a3b2c4-0000-7000-8000-000000000000",
                                "email":"user-%1$d@example.com","name":"User %1$d"}}"""::formatted)
                .collect(Collectors.joining(",", "{\"jobs\":[", "]}"));
        assertThat(stage.service().postJson("/jobs/bulk", jobs, Installation.PASSWORD).statusCode()).isEqualTo(201);
    }

    private static int stats(Stage stage, String state) throws Exception {
        return JsonPath.from(stage.service().get("/stats", Installation.PASSWORD).body())
                .getInt("byType.welcome-email." + state);
    }

    private static void report(double seconds) throws IOException {
        String line = "%,d dead letters: %.1f s from the click until all were completed".formatted(JOBS, seconds);
        System.out.println(line);
        Files.writeString(Path.of("target", "three-in-the-morning.txt"), line + System.lineSeparator());
    }
}
