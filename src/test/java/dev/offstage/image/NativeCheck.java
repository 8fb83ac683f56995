package dev.offstage.image;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.embedded.Ports;
import dev.offstage.testing.HttpReceiver;
import dev.offstage.testing.Pictures;
import dev.offstage.testing.TestDirectories;

import javax.imageio.ImageIO;

/**
 * A native image does what the service does on Java: signs up with a picture of each format, runs a job of each type, answers each page and
 * call alike. {@code src/native/check} runs this with the image that was linked.
 */
class NativeCheck {

    private static final List<String> LINKED = List.of(System.getProperty("offstage.native").split(" "));
    private static final List<String> ON_JAVA = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
            "target/quarkus-app/quarkus-run.jar");
    private static final String PASSWORD = "a-password-for-tests";
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final Pattern STARTED = Pattern.compile("started in (\\d+\\.\\d+)s");
    private static final Pattern ERROR = Pattern
            .compile("(?m)^.*\\b(ERROR|FATAL|Exception|MissingReflectionRegistrationError)\\b.*$");
    private static final Pattern CHANGING = Pattern
            .compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\d+([.,:]\\d+)*( (ms|s|min))?");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** As the issue of a native image sets them, for the machine that it was linked on. */
    private static final double START_SECONDS = 0.15;
    private static final long API_MEBIBYTES = 120;

    @Test
    void doesWhatTheServiceDoesOnJava() throws Exception {
        Map<String, String> onJava = answers("java", ON_JAVA);
        Map<String, String> linked = answers("linked", LINKED);

        assertThat(linked.keySet()).isEqualTo(onJava.keySet());
        linked.forEach((call, answer) -> assertThat(answer).as(call).isEqualTo(onJava.get(call)));
    }

    /** What it answers to each call, without what is another each time. */
    private static Map<String, String> answers(String name, List<String> program) throws Exception {
        Map<String, String> answers = new LinkedHashMap<>();
        try (HttpReceiver receiver = HttpReceiver.start();
                EmbeddedParts parts = new EmbeddedParts(new EmbeddedSettings(TestDirectories.make(name), 0, 0, 0, 0, 0),
                        Set.of())) {
            Map<String, String> environment = new HashMap<>(Map.of("OFFSTAGE_OPERATOR_PASSWORD", PASSWORD,
                    "OFFSTAGE_WEBHOOKS_ALLOW_PRIVATE", "true", "OFFSTAGE_API_SIGN_UPS_PER_ADDRESS", ""));
            parts.start()
                    .forEach((key, value) -> environment
                            .put(key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]", "_"), value));
            try (Running all = new Running(name, program, environment)) {
                all.awaitReady();
                exercise(all, receiver, answers);
                assertThat(all.errors()).as("what %s logged", name).isEmpty();
            }
            environment.put("OFFSTAGE_ROLES", "api");
            try (Running api = new Running(name + "-api", program, environment)) {
                api.awaitReady();
                api.report(name);
            }
        }
        Files.write(Path.of("target", "check-" + name + ".answers"),
                answers.entrySet().stream().map(answer -> answer.getKey() + ": " + answer.getValue()).toList());
        return answers;
    }

    private static void exercise(Running offstage, HttpReceiver receiver, Map<String, String> answers)
            throws Exception {
        offstage.keep(answers, "web hook", offstage.operator()
                .contentType("application/json")
                .body(Map.of("url", receiver.url(), "events", List.of("user.signed-up")))
                .post("/webhooks"));
        String user = null;
        for (Map.Entry<String, byte[]> picture : pictures().entrySet()) {
            Response signedUp = given().baseUri(offstage.url())
                    .multiPart("name", "Ada")
                    .multiPart("email", picture.getKey() + "@example.com")
                    .multiPart("avatar", picture.getKey(), picture.getValue(), "application/octet-stream")
                    .post("/signup");
            assertThat(signedUp.statusCode()).as(picture.getKey()).isEqualTo(201);
            offstage.keep(answers, "sign-up with " + picture.getKey(), signedUp);
            user = signedUp.jsonPath().getString("id");
            String path = "/users/" + user + "/avatar/64";
            await(picture.getKey()).atMost(PATIENCE)
                    .until(() -> given().baseUri(offstage.url()).get(path).statusCode() == 200);
            answers.put("avatar of " + picture.getKey(),
                    Arrays.hashCode(given().baseUri(offstage.url()).get(path).asByteArray()) + "");
        }
        offstage.keep(answers, "channels", offstage.operator()
                .contentType("application/json")
                .body(List.of(Map.of("kind", "slack", "url", receiver.url()), Map.of("kind", "mail")))
                .put("/users/" + user + "/channels"));
        offstage.keep(answers, "jobs", offstage.operator()
                .contentType("application/json")
                .body(Map.of("jobs", jobs(user)))
                .post("/jobs/bulk"));
        offstage.keep(answers, "schedule", offstage.operator()
                .contentType("application/json")
                .body(Map.of("cron", "@yearly", "type", "cleanup", "payload", Map.of()))
                .put("/schedules/check"));
        List<String> types = offstage.operator().get("/types").jsonPath().getList("type");
        assertThat(types).hasSizeGreaterThan(10);
        for (String type : types) {
            await("a job of the type " + type).atMost(PATIENCE)
                    .until(() -> offstage.operator()
                            .get("/jobs?state=completed&type=" + type)
                            .jsonPath()
                            .getList("items"), items -> !items.isEmpty());
        }
        await("no job is left").atMost(PATIENCE)
                .until(() -> Stream.of("scheduled", "queued", "running")
                        .allMatch(state -> offstage.operator()
                                .get("/jobs?state=" + state)
                                .jsonPath()
                                .getList("items")
                                .isEmpty()));
        String report = offstage.operator().get("/jobs?type=report").jsonPath().getString("items[0].id");
        answers.put("report", offstage.operator().get("/reports/" + report + ".pdf").asString().substring(0, 5));
        for (String path : List.of("/users/" + user + "/channels", "/signup/" + user, "/webhooks", "/schedules",
                "/types",
                "/jobs", "/jobs/" + report, "/stats", "/statistics", "/operations", "/signup/nobody", "/jobs/nobody",
                "/console", "/console/jobs", "/console/jobs/" + report, "/console/jobs/" + report + "/records",
                "/console/dead-letters", "/console/limits", "/console/schedules", "/console/audit", "/console/log-in",
                "/q/health", "/q/openapi")) {
            offstage.keep(answers, "GET " + path.replace(report, "{job}").replace(user, "{user}"),
                    offstage.operator(path).get(path));
        }
        offstage.keep(answers, "a bad sign-up", given().baseUri(offstage.url())
                .contentType("application/json")
                .body("{}")
                .post("/signup"));
        offstage.keep(answers, "what to do to jobs",
                offstage.operator().post("/jobs/cancel?type=mail&state=queued"));
    }

    private static Map<String, byte[]> pictures() throws IOException {
        Map<String, byte[]> pictures = new LinkedHashMap<>();
        pictures.put("jpeg", Pictures.jpeg(300, 200));
        pictures.put("png", Pictures.png(300, 200));
        ByteArrayOutputStream gif = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(80, 80, BufferedImage.TYPE_BYTE_INDEXED), "gif", gif);
        pictures.put("gif", gif.toByteArray());
        for (String name : List.of("lossy-with-alpha.webp", "animated-first-frame-offset.webp", "grey-with-icc.jpg",
                "cicp-display-p3.png", "gamma-1.0-grey-55.png")) {
            try (InputStream file = NativeCheck.class.getResourceAsStream("/pictures/" + name)) {
                pictures.put(name, file.readAllBytes());
            }
        }
        return pictures;
    }

    /** Those that no sign-up and no event enqueues. */
    private static List<Map<String, Object>> jobs(String user) {
        return List.of(
                Map.of("type", "mail", "payload",
                        Map.of("to", List.of("ada@example.com"), "subject", "Check", "text", "A mail.")),
                Map.of("type", "notify", "payload", Map.of("userId", user, "title", "Check", "text", "A notice.")),
                Map.of("type", "notify-digest", "payload", Map.of("userId", user)),
                Map.of("type", "cleanup", "payload", Map.of()),
                Map.of("type", "cohorts", "payload", Map.of()),
                Map.of("type", "report", "payload", Map.of("lastDays", 7, "mailTo", List.of("ada@example.com"))));
    }

    /** A process that was started as a container is: with its environment alone. */
    private static final class Running implements AutoCloseable {

        private final Path log;
        private final int port = Ports.free();
        private final int managementPort = Ports.free();
        private final Process process;

        Running(String name, List<String> program, Map<String, String> environment) throws IOException {
            log = Path.of("target", "check-" + name + ".log");
            ProcessBuilder builder = new ProcessBuilder(program).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
            builder.environment().put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
            process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly)); // also if this is broken off
        }

        String url() {
            return "http://127.0.0.1:" + port;
        }

        RequestSpecification operator() {
            return operator("");
        }

        RequestSpecification operator(String path) {
            return given().baseUri(path.startsWith("/q/") ? "http://127.0.0.1:" + managementPort : url())
                    .auth()
                    .preemptive()
                    .basic("operator", PASSWORD);
        }

        void awaitReady() {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreExceptions()
                    .until(() -> operator("/q/").get("/q/health/ready").statusCode() == 200);
        }

        void keep(Map<String, String> answers, String call, Response answer) throws IOException {
            assertThat(answer.statusCode()).as(call + ": " + answer.asString()).isLessThan(500);
            String type = answer.contentType();
            answers.put(call, answer.statusCode() + " " + type + " "
                    + (type.contains("json") ? shape("", JSON.readTree(answer.asString())) : lines(answer.asString())));
        }

        List<String> errors() throws IOException {
            return ERROR.matcher(Files.readString(log, UTF_8)).results().map(found -> found.group()).toList();
        }

        /** Prints how long it took to start, and what it takes of the machine's memory. */
        void report(String name) throws IOException {
            Matcher started = STARTED.matcher(Files.readString(log, UTF_8));
            assertThat(started.find()).isTrue();
            long mebibytes = Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))
                    .stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
            System.out.printf(Locale.ROOT, "An API process, %s: started in %s s (target %.2f), %d MiB (target %d)%n",
                    name,
                    started.group(1), START_SECONDS, mebibytes, API_MEBIBYTES);
        }

        @Override
        public void close() {
            process.destroy();
            process.onExit().join();
        }
    }

    /** The fields of a JSON text and what kind of value each has. */
    private static Set<String> shape(String path, JsonNode node) {
        Set<String> shape = new TreeSet<>();
        if (node.isContainerNode()) {
            node.properties().forEach(field -> shape.addAll(shape(path + "." + field.getKey(), field.getValue())));
            node.elements().forEachRemaining(element -> {
                if (node.isArray()) {
                    shape.addAll(shape(path + "[]", element));
                }
            });
        }
        shape.add(path + ": " + (node.isNumber() ? "NUMBER" : node.getNodeType()));
        return shape;
    }

    private static Set<String> lines(String text) {
        return text.replace("><", ">\n<")
                .lines()
                .map(line -> CHANGING.matcher(line.strip()).replaceAll("#"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
