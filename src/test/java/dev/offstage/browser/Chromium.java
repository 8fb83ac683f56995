package dev.offstage.browser;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

/** The browser of this machine. */
final class Chromium implements AutoCloseable {

    private static final List<String> PROGRAMS = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Path program) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright.chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(program).setArgs(List.of("--no-sandbox")));
    }

    /** Starts it; where there is none, the tests of the class are left out, and a line says so. */
    static Chromium start() {
        Optional<Path> program = program();
        if (program.isEmpty()) {
            System.out.println("There is no Chromium on the PATH: the browser tests are left out. On Debian, "
                    + "apt-get install chromium brings it.");
        }
        Assumptions.assumeTrue(program.isPresent(), "Chromium is installed");
        return new Chromium(program.get());
    }

    private static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(":"))
                .flatMap(directory -> PROGRAMS.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A window that nobody has used before: without cookies. */
    Page window(Browser.NewContextOptions options) {
        return browser.newContext(options).newPage();
    }

    Page window() {
        return window(new Browser.NewContextOptions().setViewportSize(1280, 900));
    }

    /** Into {@code target/screenshots}. */
    static void photograph(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")).setFullPage(true));
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
