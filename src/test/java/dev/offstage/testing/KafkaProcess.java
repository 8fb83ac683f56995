package dev.offstage.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;
import org.awaitility.Awaitility;

import dev.offstage.embedded.EmbeddedKafka;
import dev.offstage.embedded.Ports;

/** A broker in a process of its own, so that it can be killed. It ends with the process that started it. */
public final class KafkaProcess implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(120);

    private final Path directory;
    private final int port;
    private final int controllerPort;
    private final Map<String, String> settings;
    private final List<String> jvmOptions;
    private Process process;

    /** A broker that is alone. */
    public KafkaProcess(Path directory, String... jvmOptions) throws IOException {
        this(directory, Ports.free(), Ports.free(), Map.of(), jvmOptions);
    }

    private KafkaProcess(Path directory, int port, int controllerPort, Map<String, String> settings,
            String... jvmOptions) {
        this.directory = directory;
        this.port = port;
        this.controllerPort = controllerPort;
        this.settings = settings;
        this.jvmOptions = List.of(jvmOptions);
    }

    /** Brokers that keep each other's records: replication 3, of which two must have a record before it is acknowledged. */
    public static List<KafkaProcess> cluster(Path directory) throws IOException {
        int size = 3;
        List<Integer> controllers = new ArrayList<>();
        List<String> voters = new ArrayList<>();
        for (int node = 1; node <= size; node++) {
            controllers.add(Ports.free());
            voters.add(node + "@127.0.0.1:" + controllers.get(node - 1));
        }
        String clusterId = Uuid.randomUuid().toString();
        List<KafkaProcess> brokers = new ArrayList<>();
        for (int node = 1; node <= size; node++) {
            Path own = Files.createDirectories(directory.resolve("broker-" + node));
            Files.writeString(own.resolve("cluster-id"), clusterId);
            brokers.add(new KafkaProcess(own, Ports.free(), controllers.get(node - 1), Map.of(
                    "node.id", Integer.toString(node),
                    "controller.quorum.voters", String.join(",", voters),
                    "default.replication.factor", "3",
                    "min.insync.replicas", "2",
                    "offsets.topic.replication.factor", "3")));
        }
        return brokers;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** What a client of Kafka needs to connect; brokers whose directories lie side by side have one password. */
    public Map<String, String> clientSettings() {
        return new EmbeddedKafka(directory, port, controllerPort, settings).clientSettings();
    }

    /** The same as settings of Offstage. */
    public Map<String, String> settings() {
        return clientSettings().entrySet()
                .stream()
                .collect(Collectors.toMap(setting -> "kafka." + setting.getKey(), Map.Entry::getValue));
    }

    /** Starts the broker on the data of the last run, and waits until it answers. */
    public KafkaProcess start() throws IOException {
        return launch().awaitReady();
    }

    /** Starts the broker without waiting for it. */
    public KafkaProcess launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath(), KafkaProcess.class.getName(), directory.toString(),
                Integer.toString(port), Integer.toString(controllerPort)));
        settings.forEach((key, value) -> command.add(key + "=" + value));
        process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolveSibling("kafka.log").toFile()))
                .start();
        return this;
    }

    public KafkaProcess awaitReady() {
        Awaitility.await().atMost(START).ignoreExceptions().until(this::answers);
        return this;
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private boolean answers() throws Exception {
        new Socket(InetAddress.getLoopbackAddress(), port).close(); // the client would log every try
        Map<String, Object> impatient = new HashMap<>(clientSettings());
        impatient.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "2000");
        impatient.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "1000");
        try (Admin admin = Admin.create(impatient)) {
            return !admin.describeCluster().nodes().get().isEmpty();
        }
    }

    public Process process() {
        return process;
    }

    /** As an operator stops it. */
    public void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    /** As {@code kill -9} does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    /** The broker's process: its arguments are the directory, the two ports, and settings of Kafka. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> settings = new HashMap<>();
        for (String setting : List.of(arguments).subList(3, arguments.length)) {
            settings.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        EmbeddedKafka kafka = new EmbeddedKafka(Path.of(arguments[0]), Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]), settings);
        Runtime.getRuntime().addShutdownHook(new Thread(kafka::stop));
        kafka.start();
        while (System.in.read() >= 0) {
            // nothing is ever sent: the end of the input is the end of the parent
        }
        System.exit(0);
    }
}
