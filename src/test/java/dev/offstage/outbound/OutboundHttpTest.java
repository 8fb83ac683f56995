package dev.offstage.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.PfxOptions;

import dev.offstage.testing.HttpReceiver;
import dev.offstage.testing.HttpReceiver.Answer;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Requests to addresses that somebody else chose. */
class OutboundHttpTest {

    private static final String NAME = "hooks.example.test";
    private static final String PASSWORD = "not-a-secret";
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final byte[] BODY = "{}".getBytes();

    private static Vertx vertx;

    private final HttpReceiver receiver = HttpReceiver.start();

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    /** Answers each question with the next of the addresses, and the last one for ever. */
    private static final class ScriptedResolver implements Resolver {

        private final List<List<InetAddress>> answers;
        private int questions;

        ScriptedResolver(String... answers) {
            this.answers = Stream.of(answers).map(ScriptedResolver::addresses).toList();
        }

        private static List<InetAddress> addresses(String written) {
            return Stream.of(written.split(" ")).map(address -> {
                try {
                    return InetAddress.getByName(address);
                } catch (UnknownHostException e) {
                    throw new IllegalArgumentException(e);
                }
            }).toList();
        }

        @Override
        public List<InetAddress> resolve(String host) {
            return answers.get(Math.min(questions++, answers.size() - 1));
        }
    }

    @Test
    void aNameIsLookedUpOnceAndNeverConnectedToAtASecondAnswer() throws Exception {
        try (HttpReceiver other = HttpReceiver.start("127.0.0.2", receiver.port())) {
            ScriptedResolver rebinding = new ScriptedResolver("127.0.0.2", "127.0.0.1");

            post(new Destinations(rebinding, true), receiver.url(NAME) + "/a?b=c%20d");

            assertThat(rebinding.questions).isEqualTo(1);
            assertThat(receiver.requests()).isEmpty();
            HttpReceiver.Request request = other.requests().get(0);
            assertThat(request.header("host")).isEqualTo(NAME + ":" + receiver.port());
            assertThat(request.target()).isEqualTo("/a?b=c%20d");
            assertThat(request.method()).isEqualTo("POST");
        }
    }

    @Test
    void aNameThatWasPublicWhenItWasCheckedIsRefusedWhenItIsNoLonger() throws Exception {
        Destinations destinations = new Destinations(new ScriptedResolver("8.8.8.8", "127.0.0.1"), false);
        Destination destination = destinations.check(receiver.url(NAME));

        assertThatThrownBy(() -> post(destinations, destination.url().toString())).isInstanceOf(RefusedAddress.class)
                .hasMessageContaining(NAME)
                .hasMessageContaining("use a public one");
        assertThat(receiver.requests()).isEmpty();
    }

    @Test
    void oneAddressThatIsNotPublicIsEnoughToRefuseAName() {
        Destinations destinations = new Destinations(new ScriptedResolver("8.8.8.8 10.0.0.1"), false);

        assertThatThrownBy(() -> destinations.check("https://" + NAME)).isInstanceOf(RefusedAddress.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/",
            "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data"})
    void literalsAndLocalNames(String url) {
        SystemResolver resolver = new SystemResolver();
        try {
            assertThatThrownBy(() -> new Destinations(resolver, false).check(url)).isInstanceOf(RefusedAddress.class);
        } finally {
            resolver.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.com", "ftp://example.com", "file:///etc/passwd", "http://", "https:///a",
            "http://user@example.com", "http://example.com/#a", "http://example.com:0", "http://example.com:65536",
            "http://exa mple.com", "http://bücher.example", "http://127.1", "http://0x7f.1",
            "mailto:ada@example.com", "//example.com"})
    void whatIsNoDestination(String url) {
        assertThatThrownBy(() -> Destination.of(url)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void redirectsAreNotFollowed() throws Exception {
        try (HttpReceiver other = HttpReceiver.start()) {
            receiver.answerWith(new Answer(307, Map.of("Location", other.url()), new byte[0], Duration.ZERO));

            assertThat(post(toReceiver(), receiver.url(NAME)).status()).isEqualTo(307);
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void noMoreOfAnAnswerIsReadThanIsNeeded() throws Exception {
        receiver.answerWith(new Answer(500, Map.of("Retry-After", "7"), "x".repeat(50_000_000).getBytes(),
                Duration.ZERO));

        HttpAnswer answer = post(toReceiver(), receiver.url(NAME));

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.retryAfter()).isEqualTo("7");
        assertThat(answer.excerpt()).isEqualTo("x".repeat(500));
    }

    @Test
    void whoeverIsSilentIsNotWaitedForLong() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            OutboundHttp impatient = new OutboundHttp(vertx, toReceiver(), Duration.ofMillis(300),
                    new HttpClientOptions());
            Destination destination = Destination.of("http://" + NAME + ":" + silent.getLocalPort());

            assertThatThrownBy(() -> impatient.post(destination, Map.of(), BODY)).isInstanceOf(IOException.class)
                    .hasMessageContaining("did not answer within 300 ms");
        }
    }

    @Test
    void whoeverIsNotThereIsSaidToBe() throws Exception {
        int port = receiver.port();
        receiver.close();

        assertThatThrownBy(() -> post(toReceiver(), "http://" + NAME + ":" + port)).isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void aCertificateMustBeOfTheNameInTheUrl(@TempDir Path directory) throws Exception {
        Path store = directory.resolve("keys.p12");
        keytool("-genkeypair", "-alias", "receiver", "-keyalg", "EC", "-dname", "CN=" + NAME, "-ext", "SAN=dns:" + NAME,
                "-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD);
        HttpClientOptions trusting = new HttpClientOptions()
                .setTrustOptions(new PfxOptions().setPath(store.toString()).setPassword(PASSWORD));
        try (HttpReceiver tls = HttpReceiver.startTls(context(store))) {
            Destinations destinations = toReceiver();
            OutboundHttp trustful = new OutboundHttp(vertx, destinations, TIMEOUT, trusting);
            OutboundHttp strange = new OutboundHttp(vertx, destinations, TIMEOUT, new HttpClientOptions());

            assertThat(trustful.post(Destination.of(tls.url(NAME)), Map.of(), BODY).status()).isEqualTo(204);
            assertThatThrownBy(() -> trustful.post(Destination.of(tls.url("other.example.test")), Map.of(), BODY))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> strange.post(Destination.of(tls.url(NAME)), Map.of(), BODY))
                    .isInstanceOf(IOException.class);
            assertThat(tls.requests()).hasSize(1);
        }
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = Stream
                .concat(Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()),
                        Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    private static SSLContext context(Path store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static Destinations toReceiver() {
        return new Destinations(new ScriptedResolver("127.0.0.1"), true);
    }

    private static HttpAnswer post(Destinations destinations, String url) throws Exception {
        return new OutboundHttp(vertx, destinations, TIMEOUT, new HttpClientOptions()).post(Destination.of(url),
                Map.of(), BODY);
    }
}
