package dev.offstage.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.awaitility.Awaitility;

import dev.offstage.embedded.EmbeddedKafka;

/** A broker in a process of its own, so that it can be killed. It ends with the process that started it. */
public final class KafkaProcess implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);

    private final Path directory;
    private final int port;
    private Process process;

    public KafkaProcess(Path directory) throws IOException {
        this.directory = directory;
        try (ServerSocket socket = new ServerSocket(0)) {
            this.port = socket.getLocalPort();
        }
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Starts the broker on the data of the last run, and waits until it answers. */
    public KafkaProcess start() throws IOException {
        process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m",
                "-cp", classPath(), KafkaProcess.class.getName(), directory.toString(), Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolveSibling("kafka.log").toFile()))
                .start();
        Awaitility.await().atMost(START).ignoreExceptions().until(this::answers);
        return this;
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private boolean answers() throws Exception {
        new Socket(InetAddress.getLoopbackAddress(), port).close(); // the client would log every try
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "2000",
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "1000"))) {
            return !admin.describeCluster().nodes().get().isEmpty();
        }
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
    public void close() throws InterruptedException {
        if (process != null) {
            kill();
        }
    }

    /** The broker's process: its arguments are the directory and the port. */
    public static void main(String[] arguments) throws IOException {
        EmbeddedKafka kafka = new EmbeddedKafka(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(kafka::stop));
        kafka.start();
        while (System.in.read() >= 0) {
            // nothing is ever sent: the end of the input is the end of the parent
        }
        System.exit(0);
    }
}
