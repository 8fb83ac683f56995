package dev.offstage.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.RareTypes;

/** What callers get of a process that stops until its load balancers have noticed. */
class DrainIT {

    private static final int PATIENCE_MILLIS = 20_000;
    private static final Map<String, String> TYPES = Map.of("css", "text/css", "html", "text/html", "js",
            "text/javascript", "svg", "image/svg+xml");
    private static final String END_OF_HEAD = "\r\n\r\n";

    @Test
    void whoeverKeepsAConnectionIsToldThatItEndsAndEverythingIsServed() throws Exception {
        Map<String, String> settings = new HashMap<>(new OffstageResource().start());
        settings.putAll(RareTypes.settings());
        settings.put("quarkus.shutdown.delay", "60s");
        try (OffstageProcess process = new OffstageProcess("drain", settings).awaitReady();
                Socket kept = connect(process.uri("/"))) {
            assertThat(head(kept)).startsWith("http/1.1 200").doesNotContain("connection: close");

            process.process().destroy();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> process.get("/q/health/ready").statusCode() == 503);

            assertThat(head(kept)).startsWith("http/1.1 200").contains("\r\nconnection: close\r\n");
            assertThat(kept.getInputStream().read()).as("the connection has ended").isEqualTo(-1);
            assertThatAllFilesAreServed(process);
            try (Socket late = connect(process.uri("/"))) {
                assertThat(head(late)).as("others are served until the end")
                        .startsWith("http/1.1 200")
                        .contains("\r\nconnection: close\r\n");
            }
        }
    }

    /** A load balancer may send somebody here who has just opened a page. */
    private static void assertThatAllFilesAreServed(OffstageProcess process) throws Exception {
        Path folder = Path.of("src/main/resources/META-INF/resources");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                HttpResponse<String> answer = process.get("/" + folder.relativize(file));
                assertThat(answer.statusCode()).as(file.toString()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(Files.readString(file));
                assertThat(answer.headers().firstValue("content-type")).get()
                        .asString()
                        .startsWith(TYPES.get(file.toString().replaceFirst(".*\\.", "")));
            }
        }
        assertThat(process.get("/").body()).isEqualTo(Files.readString(folder.resolve("index.html")));
        assertThat(process.get("/webjars/htmx.org/dist/htmx.min.js").statusCode()).isEqualTo(200);
        assertThat(process.get("/nothing.js").statusCode()).isEqualTo(404);
        assertThat(process.get("/webjars/htmx.org/dist").statusCode()).isEqualTo(404);
    }

    private static Socket connect(URI address) throws IOException {
        Socket socket = new Socket(address.getHost(), address.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private static String head(Socket connection) throws IOException {
        connection.getOutputStream()
                .write("HEAD /console/log-in HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
        StringBuilder head = new StringBuilder();
        InputStream in = connection.getInputStream();
        while (head.indexOf(END_OF_HEAD) < 0) {
            int next = in.read();
            assertThat(next).as("the connection goes on after %s", head).isNotNegative();
            head.append((char) next);
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }
}
