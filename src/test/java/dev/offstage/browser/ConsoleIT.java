package dev.offstage.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;

import dev.offstage.testing.Installation;
import dev.offstage.testing.Pictures;

/** What people do with the pages, in a real browser. */
class ConsoleIT {

    private static final double PATIENCE_MS = 30_000;
    private static final String SCRIPT = "<script>alert(1)</script>";

    private static Chromium chromium;
    private static Stage stage;
    private final Page page = chromium.window();
    private final Stage.Complaints complaints = Stage.complaintsOf(page);

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        stage = new Stage("console", Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        if (stage != null) {
            stage.close();
            chromium.close();
        }
    }

    @AfterEach
    void letMailsThrough() throws Exception {
        stage.parts().mailbox().start();
        page.context().close();
    }

    @Test
    void aSignUpWithAPhotoIsFollowedUntilItsThreeJobsAreDone() throws Exception {
        signUp("Ada Lovelace", Pictures.jpeg(800, 600));

        assertThat(page.locator("#jobs .completed")).hasCount(3, patiently());
        assertThat(page.getByAltText("Your picture")).isVisible();
        Chromium.photograph(page, "sign-up");
        stage.logIn(page);
        assertThat(card("avatar-resize").locator(".states .completed")).containsText("1");
        complaints.areNone();
    }

    @Test
    void aJobFailsClimbsDiesIsRedrivenAndCompletes() throws Exception {
        stage.parts().mailbox().stop();
        signUp("Grace Hopper", null);
        stage.logIn(page);
        stage.open(page, "Jobs");
        page.getByLabel("Type").selectOption("welcome-email");
        page.getByLabel("State").fill("queued,running,retrying,dead");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Search")).click();
        page.locator("table.jobs a").first().click();

        assertThat(page.locator("h1 .chip")).hasText("dead", textPatiently());
        assertThat(page.locator(".steps .failed")).hasCount(3);
        await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(500)).until(() -> {
            page.locator("#look-again").click();
            return page.locator("#records").textContent().contains("welcome-email.dlq-");
        });
        assertThat(page.locator("#records")).containsText("welcome-email.retry-10s-");
        Chromium.photograph(page, "job");

        stage.parts().mailbox().start();
        page.locator("#redrive").click();

        assertThat(page.locator("h1 .chip")).hasText("completed", textPatiently());
        stage.open(page, "Audit");
        assertThat(page.locator("tbody tr").first()).containsText("redrive");
        Chromium.photograph(page, "audit");
        complaints.areNone();
    }

    @Test
    void aPausedTypeStartsNothingUntilItIsResumed() throws Exception {
        stage.logIn(page);
        page.locator("#pause-analytics-sync").click();
        assertThat(card("analytics-sync").locator(".chip")).hasText("paused");
        Page visitor = chromium.window();
        signUp(visitor, "Barbara Liskov", null);

        assertThat(card("analytics-sync").getByText("The oldest waiting job")).isVisible(
                new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS));
        assertThat(visitor.locator("#jobs li").filter(new Locator.FilterOptions().setHasText("Analytics event")))
                .containsText("waiting");
        page.locator("#pause-analytics-sync").click();

        assertThat(visitor.locator("#jobs .completed")).hasCount(2, patiently());
        assertThat(card("analytics-sync").locator(".chip")).hasText("open");
        visitor.context().close();
        complaints.areNone();
    }

    @Test
    void limitsAreChanged() {
        stage.logIn(page);
        stage.open(page, "Limits");
        Locator lane = page.locator("article").filter(new Locator.FilterOptions().setHasText("avatar-resize"));
        lane.getByLabel("At once in each worker").fill("2");
        lane.getByLabel("Attempts in all workers").fill("50/m");
        lane.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Set").setExact(true)).click();

        stage.open(page, "Overview");
        assertThat(card("avatar-resize")).containsText("2 at once in a worker, 50/m in all");
        stage.open(page, "Limits");
        Chromium.photograph(page, "limits");
        lane.getByText("Back to the settings").click();
        assertThat(lane.getByLabel("At once in each worker")).hasValue("4");
        complaints.areNone();
    }

    @Test
    void schedulesAreChanged() {
        stage.logIn(page);
        stage.open(page, "Schedules");
        Locator schedule = page.getByLabel("cleanup", new Page.GetByLabelOptions().setExact(true));
        schedule.getByText("Change", new Locator.GetByTextOptions().setExact(true)).click();
        schedule.getByLabel("Minute, hour").fill("0 4 * * SUN");
        schedule.getByLabel("Time zone").fill("Europe/Berlin");
        Chromium.photograph(page, "schedules");
        schedule.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Set").setExact(true)).click();

        assertThat(schedule.locator("code")).hasText("0 4 * * SUN");
        schedule.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Disable")).click();
        assertThat(schedule.locator(".chip")).hasText("disabled");
        schedule.getByText("Change", new Locator.GetByTextOptions().setExact(true)).click();
        schedule.getByText("Back to the settings").click();
        assertThat(schedule.locator("code")).hasText("30 3 * * *");
        complaints.areNone();
    }

    @Test
    void logInIsRefusedAndAccepted() {
        page.navigate(stage.at("/console/dead-letters").toString());
        page.getByLabel("Password").fill("guessed");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Log in")).click();
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("wrong");
        Chromium.photograph(page, "log-in");

        page.getByLabel("Password").fill(Installation.PASSWORD);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Log in")).click();
        assertThat(page).hasURL(Pattern.compile(".*/console(/dead-letters)?$"));
        assertThat(page.context().cookies()).filteredOn(cookie -> cookie.name.equals("offstage-session"))
                .singleElement()
                .satisfies(cookie -> {
                    assertThat(cookie.httpOnly).isTrue();
                    assertThat(cookie.sameSite).isNotNull();
                });
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Log out")).click();
        page.navigate(stage.at("/console").toString());
        assertThat(page.getByLabel("Password")).isVisible();
    }

    @Test
    void aUserNamedLikeAScriptIsShownAndNotRun() {
        page.onDialog(dialog -> {
            throw new AssertionError("The script ran: " + dialog.message());
        });
        signUp(SCRIPT, null);
        assertThat(page.locator("#greeting")).containsText(SCRIPT);
        stage.logIn(page);
        page.navigate(stage.at("/console/jobs?type=welcome-email&q=alert").toString());
        page.locator("table.jobs a").first().click();

        assertThat(page.locator(".payload")).containsText(SCRIPT);
        complaints.areNone();
    }

    @Test
    void aLostConnectionIsSaidAndFoundAgain() {
        stage.logIn(page);
        assertThat(page.locator("#lost")).isHidden();
        page.context().setOffline(true);
        page.evaluate("window.dispatchEvent(new Event('offline'))");
        assertThat(page.locator("#lost")).isVisible();
        page.context().setOffline(false);
        page.reload();
        assertThat(page.locator("#lost")).isHidden();
    }

    @Test
    void itFitsAPhoneInTheDark() {
        Page phone = chromium.window(
                new Browser.NewContextOptions().setViewportSize(390, 844).setColorScheme(ColorScheme.DARK));
        signUp(phone, "Edsger Dijkstra", null);
        stage.logIn(phone);
        for (String path : new String[]{"/console", "/console/jobs", "/console/dead-letters", "/console/limits"}) {
            phone.navigate(stage.at(path).toString());
            assertThat((Boolean) phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
                    .as(path + " is no wider than the phone")
                    .isTrue();
        }
        phone.navigate(stage.at("/console").toString());
        Chromium.photograph(phone, "overview-phone");
        phone.context().close();
    }

    private Locator card(String type) {
        return page.locator("article").filter(new Locator.FilterOptions().setHas(page.locator("#type-" + type)));
    }

    private void signUp(String name, byte[] photo) {
        signUp(page, name, photo);
    }

    private static void signUp(Page page, String name, byte[] photo) {
        page.navigate(stage.at("/").toString());
        page.getByLabel("Name").fill(name);
        page.getByLabel("E-mail").fill(UUID.randomUUID() + "@example.com");
        if (photo != null) {
            page.getByLabel("Photo").setInputFiles(new FilePayload("photo.jpg", "image/jpeg", photo));
        }
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign up")).click();
        assertThat(page.locator("#greeting")).isVisible();
    }

    private static LocatorAssertions.HasCountOptions patiently() {
        return new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS);
    }

    private static LocatorAssertions.HasTextOptions textPatiently() {
        return new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MS);
    }
}
