package dev.offstage.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;

import dev.offstage.embedded.Ports;

/** The packaged service as a process of its own, as an operator runs it. */
public final class OffstageProcess implements AutoCloseable {

    /** Not a setting of the service: by how many seconds its wall clock is off. */
    public static final String CLOCK = "test.clock";

    /** Of the processes that run tests side by side. */
    private static final String FORK = "-" + System.getProperty("test.fork", "1");
    private static final Path CLOCK_LIBRARY = Path.of("target", "clock.so");
    /** What {@code mvn package} made. */
    public static final Path PACKAGE = Path.of(System.getProperty("offstage.package", "target/quarkus-app"));
    private static final String JAR = "quarkus-run.jar";
    private static final Path ARCHIVE = Path.of("target", "offstage.jsa");
    private static final Duration START = Duration.ofSeconds(120);
    /** Java 25 names the generations of the serial collector as its code does. */
    private static final Pattern USED_HEAP = Pattern
            .compile("(?m)^ *(?:garbage-first heap|.* generation|DefNew|Tenured) .*, used (\\d+)K");

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Path log;
    /** Where the log of this process begins; what stands before was written by others of the same name. */
    private final int logBegin;
    private final int port;
    private final int managementPort;
    private final Process process;

    /** Starts the service; its output goes to {@code target/<name>-<fork>.log}. */
    public OffstageProcess(String name, Map<String, String> settings, String... jvmOptions) throws IOException {
        this(name, PACKAGE, settings, Map.of(), jvmOptions);
    }

    /** Starts it as a container would be: with no settings but its environment. */
    public static OffstageProcess inEnvironment(String name, Map<String, String> environment) throws IOException {
        return inEnvironment(name, PACKAGE, environment);
    }

    /** @param image the folder of another package than {@link #PACKAGE} */
    public static OffstageProcess inEnvironment(String name, Path image, Map<String, String> environment)
            throws IOException {
        return new OffstageProcess(name, image, Map.of(), environment);
    }

    private OffstageProcess(String name, Path image, Map<String, String> settings, Map<String, String> environment,
            String... jvmOptions) throws IOException {
        this.port = Ports.free();
        this.managementPort = Ports.free();
        this.log = Path.of("target", name + FORK + ".log");
        this.logBegin = (int) log.toFile().length();
        List<String> command = new ArrayList<>(List.of(program("java"), "-Xmx384m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Xlog:cds=off", "-Dquarkus.http.port=" + port,
                "-Dquarkus.management.port=" + managementPort));
        if (image.equals(PACKAGE) && Files.exists(ARCHIVE)) {
            command.add("-XX:SharedArchiveFile=" + ARCHIVE);
        }
        command.addAll(List.of(jvmOptions));
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-jar", image.resolve(JAR).toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        if (settings.containsKey(CLOCK)) {
            builder.environment()
                    .putAll(Map.of("LD_PRELOAD", CLOCK_LIBRARY.toAbsolutePath().toString(), "CLOCK_OFFSET",
                            settings.get(CLOCK)));
        }
        this.process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly)); // also if the tests are broken off
    }

    /**
     * Makes {@link #CLOCK} work.
     *
     * @return false if this machine has no C compiler
     */
    public static boolean canMoveClocks() throws InterruptedException {
        try {
            Process compiler = new ProcessBuilder("cc", "-shared", "-fPIC", "-o", CLOCK_LIBRARY.toString(),
                    "src/test/c/clock.c").inheritIO().start();
            return compiler.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Makes the archive of classes with which every process then starts in a third of the time, unless this build has
     * made it already.
     */
    public static void makeArchive(Map<String, String> settings) throws IOException, InterruptedException {
        Turn.at(ARCHIVE.resolveSibling("offstage.jsa.lock"), () -> {
            if (Files.exists(ARCHIVE)
                    && Files.getLastModifiedTime(ARCHIVE)
                            .compareTo(Files.getLastModifiedTime(PACKAGE.resolve(JAR))) > 0) {
                return;
            }
            Files.deleteIfExists(ARCHIVE);
            try (OffstageProcess model = new OffstageProcess("archive", settings,
                    "-XX:ArchiveClassesAtExit=" + ARCHIVE)) {
                model.awaitReady().terminate();
            }
        });
    }

    private static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    public OffstageProcess awaitReady() {
        Awaitility.await()
                .atMost(START)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> get("/q/health/ready").statusCode() == 200);
        return this;
    }

    /** Waits for the process to end by itself. */
    public int awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS)).as("the process has ended").isTrue();
        return process.exitValue();
    }

    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    /** As the operator asks. */
    public HttpResponse<String> get(String path, String password) throws IOException, InterruptedException {
        return send(request(path).header("Authorization", basic(password)));
    }

    /** The header that says who the operator is. */
    public static String basic(String password) {
        return "Basic " + Base64.getEncoder().encodeToString(("operator:" + password).getBytes(UTF_8));
    }

    public HttpResponse<String> postJson(String path, String body) throws IOException, InterruptedException {
        return send(json(path, body));
    }

    /** What may take longer than an answer to people. */
    public HttpResponse<String> postJson(String path, String body, Duration patience)
            throws IOException, InterruptedException {
        return send(json(path, body).timeout(patience));
    }

    /** As the operator sends it. */
    public HttpResponse<String> postJson(String path, String body, String password)
            throws IOException, InterruptedException {
        return send(json(path, body).header("Authorization", basic(password)));
    }

    private HttpRequest.Builder json(String path, String body) {
        return request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What is below {@code /q} has a port of its own. */
    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + (path.startsWith("/q/") ? managementPort : port) + path);
    }

    /** As {@code kill -9} does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** As {@code kill} does; waits for the end. */
    public int terminate() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    /** What is left of the heap after a garbage collection, in MiB. */
    public long liveHeap() throws IOException, InterruptedException {
        ask("GC.run");
        Matcher used = USED_HEAP.matcher(ask("GC.heap_info"));
        long kibibytes = 0;
        while (used.find()) {
            kibibytes += Long.parseLong(used.group(1));
        }
        return kibibytes / 1024;
    }

    /** What the process takes of the machine's memory, in MiB: VmRSS of proc(5). */
    public long residentMemory() throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))
                .stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private String ask(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(program("jcmd"), Long.toString(process.pid()), command)
                .redirectErrorStream(true)
                .start();
        String answer = new String(jcmd.getInputStream().readAllBytes(), UTF_8);
        assertThat(jcmd.waitFor()).as(answer).isZero();
        return answer;
    }

    public Process process() {
        return process;
    }

    public String output() throws IOException {
        byte[] all = Files.readAllBytes(log);
        return new String(all, logBegin, all.length - logBegin, UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
