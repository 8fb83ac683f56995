package dev.offstage.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.testing.Installation;
import dev.offstage.testing.OffstageProcess;

/** The packaged service with parts of its own, and how people find their way about it. */
final class Stage implements AutoCloseable {

    private final Installation installation;
    private final OffstageProcess service;

    Stage(String name, Map<String, String> settings) throws Exception {
        Map<String, String> quick = new HashMap<>(settings);
        quick.put("offstage.retry.delays", "2s,10s");
        quick.put("offstage.jobs.welcome-email.retry.delays", "2s,10s");
        quick.put("offstage.schedules.cleanup.enabled", "true");
        installation = new Installation(name, quick);
        service = installation.start(name);
    }

    EmbeddedParts parts() {
        return installation.parts();
    }

    OffstageProcess service() {
        return service;
    }

    URI at(String path) {
        return service.uri(path);
    }

    /** Opens the console as the operator. */
    void logIn(Page page) {
        page.navigate(at("/console").toString());
        page.getByLabel("Password").fill(Installation.PASSWORD);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Log in")).click();
        page.waitForURL(at("/console").toString());
    }

    /** Clicks where it says so. */
    void open(Page page, String link) {
        page.getByLabel("Pages")
                .getByText(link, new Locator.GetByTextOptions().setExact(true))
                .click();
    }

    /** Nothing was refused by the Content-Security-Policy, and no script failed. */
    static Complaints complaintsOf(Page page) {
        Complaints complaints = new Complaints();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.text.append(message.text()).append('\n');
            }
        });
        page.onPageError(error -> complaints.text.append(error).append('\n'));
        return complaints;
    }

    /** What a page had to complain of. */
    static final class Complaints {

        private final StringBuilder text = new StringBuilder();

        void areNone() {
            assertThat(text.toString()).isEmpty();
        }
    }

    @Override
    public void close() {
        installation.close();
    }
}
