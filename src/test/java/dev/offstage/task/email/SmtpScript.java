package dev.offstage.task.email;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import jakarta.enterprise.event.Event;

import io.quarkus.mailer.SentMail;
import io.quarkus.mailer.runtime.MailerRuntimeConfig;
import io.quarkus.mailer.runtime.MailersRuntimeConfig;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.outbound.Resolver;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** An SMTP server that answers what a test tells it to, by the beginning of the command, and takes all else. */
final class SmtpScript implements AutoCloseable {

    /** The event with its type, which a class of Java cannot say. */
    private interface SentMails extends Event<SentMail> {}

    static final Duration TIMEOUT = Duration.ofSeconds(2);

    final List<String> commands = new CopyOnWriteArrayList<>();
    final List<String> mails = new CopyOnWriteArrayList<>();
    final ConcurrentLinkedDeque<Socket> connections = new ConcurrentLinkedDeque<>();
    private final Map<String, String> replies;
    private final SSLContext tls;
    private final boolean encrypted;
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** @param replies by the beginning of the command, EHLO's with the extensions; "" for the greeting */
    SmtpScript(Map<String, String> replies) throws IOException {
        this(replies, null, false);
    }

    /**
     * @param tls for after STARTTLS; null for none
     * @param encrypted whether it is there from the first byte
     */
    SmtpScript(Map<String, String> replies, SSLContext tls, boolean encrypted) throws IOException {
        this.replies = replies;
        this.tls = tls;
        this.encrypted = encrypted;
        threads.submit(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** @param settings names below {@code quarkus.mailer.} and values, in turn */
    SmtpMailer mailer(Vertx vertx, String... settings) {
        return mailer(vertx, host -> List.of(InetAddress.getAllByName(host)), settings);
    }

    /** The same, with a DNS of its own. */
    SmtpMailer mailer(Vertx vertx, Resolver resolver, String... settings) {
        Map<String, String> set = new HashMap<>(Map.of("quarkus.mailer.host", "127.0.0.1",
                "quarkus.mailer.port", Integer.toString(port()), "quarkus.mailer.from",
                "Offstage <hello@example.com>",
                "quarkus.mailer.timeout", TIMEOUT.toSeconds() + "S", "quarkus.mailer.own-host-name", "me.example.com",
                "quarkus.mailer.allow-rcpt-errors", "true"));
        for (int i = 0; i < settings.length; i += 2) {
            set.put("quarkus.mailer." + settings[i], settings[i + 1]);
        }
        MailerRuntimeConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters()
                .withMapping(MailersRuntimeConfig.class)
                .withSources(new PropertiesConfigSource(set, "test", 1_000))
                .build()
                .getConfigMapping(MailersRuntimeConfig.class)
                .mailers()
                .get("<default>");
        return new SmtpMailer(config, new SmtpServer(config, empty(TlsConfigurationRegistry.class), resolver), vertx,
                empty(SentMails.class));
    }

    private static <T> T empty(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> method.getReturnType() == Optional.class ? Optional.empty() : null));
    }

    private Void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            connections.add(client);
            threads.submit(() -> serve(client));
        }
    }

    private Void serve(Socket client) throws IOException {
        try (client) {
            talk(encrypted ? encrypted(client) : client);
        }
        return null;
    }

    private Socket encrypted(Socket client) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(client, null, client.getPort(), true);
        socket.setUseClientMode(false);
        return socket;
    }

    private void talk(Socket client) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
        OutputStream out = client.getOutputStream();
        say(out, replies.getOrDefault("", "220 ready"));
        for (String command = in.readLine(); command != null; command = in.readLine()) {
            commands.add(command);
            say(out, reply(command));
            if (command.equals("DATA")) {
                StringBuilder mail = new StringBuilder();
                for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
                    mail.append(line).append('\n');
                }
                mails.add(mail.toString());
                say(out, reply("."));
            } else if (command.equals("STARTTLS") && tls != null) {
                Socket inner = encrypted(client);
                in = new BufferedReader(new InputStreamReader(inner.getInputStream(), UTF_8));
                out = inner.getOutputStream();
            }
        }
    }

    private String reply(String command) {
        return replies.entrySet()
                .stream()
                .filter(entry -> !entry.getKey().isEmpty() && command.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(command.equals("DATA") ? "354 go on" : "250 ok");
    }

    /** Nothing for an empty text. */
    private static void say(OutputStream out, String reply) throws IOException {
        if (!reply.isEmpty()) {
            out.write((reply + "\r\n").getBytes(UTF_8));
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
        threads.shutdownNow();
    }
}
