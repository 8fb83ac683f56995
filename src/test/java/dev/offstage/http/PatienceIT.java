package dev.offstage.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.OtherSettings;
import dev.offstage.user.AppUser;
import dev.offstage.user.EmailAddress;

/** The connection of a caller that sends or reads slowly, or not at all, is closed, and keeps no other waiting. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(OtherSettings.class)
class PatienceIT {

    private static final String POST = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s\r\n\r\n";
    private static final int FORTY = 40;
    private static final int PICTURE = 8_000_000;
    private static final int FAR_LONGER_THAN_ANYONE_IS_PATIENT = 20_000;

    @Inject
    AgroalDataSource dataSource;

    @ConfigProperty(name = "quarkus.http.body.uploads-directory")
    String uploads;

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        await().untilAsserted(() -> assertThat(signUp("127.0.0.1")).startsWith("HTTP/1.1 201 "));
    }

    static Stream<String> beginnings() {
        return Stream.of("",
                "POST /signup HT",
                "POST /signup HTTP/1.1\r\nHost: local",
                POST.formatted("/signup", "application/json", "Content-Length: 5000"),
                POST.formatted("/signup", "application/json", "Content-Length: 5000") + "{",
                POST.formatted("/signup", "application/json", "Transfer-Encoding: chunked") + "1\r\n{\r\n",
                POST.formatted("/signup", "application/json", "Content-Length: 500000"),
                POST.formatted("/signup", "multipart/form-data; boundary=cut", "Content-Length: 5000") + "--cut\r\n",
                POST.formatted("/signup", "multipart/form-data; boundary=cut", "Content-Length: 5000000") + "--cut\r\n",
                POST.formatted("/j_security_check", "application/x-www-form-urlencoded", "Content-Length: 500")
                        + "j_us",
                POST.formatted("/nowhere", "text/plain", "Content-Length: 500"),
                "GET /signup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("beginnings")
    void whoGoesOnWithNothingIsHungUpOnAndKeepsNobodyOut(String beginning) throws IOException {
        for (int i = 0; i < FORTY - 1; i++) {
            send(connect("127.0.0.2"), beginning);
        }

        assertThat(signUp("127.0.0.3")).startsWith("HTTP/1.1 201 ");

        for (Socket socket : sockets) {
            assertThat(isClosed(socket)).isTrue();
        }
    }

    /** A byte now and then is not enough. */
    @ParameterizedTest
    @ValueSource(strings = {
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ",
            "POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
            "POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n"})
    void whoTricklesIsHungUpOn(String beginning) throws IOException {
        Socket socket = connect("127.0.0.2");
        send(socket, beginning);
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    try {
                        send(socket, "a");
                        socket.setSoTimeout(1);
                        return socket.getInputStream().read() < 0;
                    } catch (SocketTimeoutException stillOpen) {
                        return false;
                    } catch (SocketException reset) {
                        return true;
                    }
                });
    }

    @Test
    void aConnectionMayBeUsedAgainAndNotForHalfAHead() throws IOException {
        Socket socket = connect("127.0.0.2");
        for (int i = 0; i < 3; i++) {
            send(socket, "GET /signup/" + UUID.randomUUID() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(answer(socket)).startsWith("HTTP/1.1 404 ");
        }
        send(socket, "GET /signup/x HT");
        assertThat(isClosed(socket)).isTrue();
    }

    @Test
    void aBodyThatIsSlowAndFastEnoughIsTaken() throws Exception {
        Socket socket = connect("127.0.0.2");
        String json = "{\"email\":\"ada-" + UUID.randomUUID() + "@example.com\",\"name\":\"Ada\"}";
        send(socket, POST.formatted("/signup", "application/json", "Content-Length: " + json.length()));
        for (char letter : json.toCharArray()) {
            send(socket, String.valueOf(letter));
            Thread.sleep(10); // as a slow line would
        }
        assertThat(answer(socket)).startsWith("HTTP/1.1 201 ");
    }

    @Test
    void noAddressHasMoreThanItsConnectionsAndTheLongestIdleMakesRoom() throws IOException {
        for (int i = 0; i < FORTY * 2; i++) {
            send(connect("127.0.0.2"), "GET / HT");
        }
        assertThat(isClosedAtOnce(sockets.get(sockets.size() - 1))).as("the last one").isFalse();
        assertThat(sockets.stream().limit(FORTY / 2).filter(PatienceIT::isClosedAtOnce).count()).as("of the first")
                .isGreaterThan(FORTY / 4);
        assertThat(signUp("127.0.0.3")).startsWith("HTTP/1.1 201 ");
    }

    @Test
    void whoDoesNotReadAPictureIsCutOffAndHoldsNoSlot() throws Exception {
        UUID user = picture();
        for (int i = 0; i < 3; i++) {
            send(connect("127.0.0.2"), download(user));
        }
        await().untilAsserted(() -> {
            Socket fourth = connect("127.0.0.2");
            send(fourth, download(user));
            assertThat(answer(fourth)).startsWith("HTTP/1.1 503 ").containsIgnoringCase("Retry-After: 5");
        });
        assertThat(signUp("127.0.0.2")).startsWith("HTTP/1.1 201 ");
        assertThat(bytesOf(user, "127.0.0.3")).isEqualTo(PICTURE);

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(bytesOf(user, "127.0.0.2")).isEqualTo(PICTURE));
        for (Socket socket : sockets.subList(0, 3)) {
            socket.setSoTimeout(FAR_LONGER_THAN_ANYONE_IS_PATIENT);
            assertThat(readAll(socket)).as("bytes until it was cut off").isLessThan(PICTURE);
        }
    }

    @Test
    void aPictureThatIsReadSlowlyAndFastEnoughComesWhole() throws Exception {
        UUID user = picture();
        Socket socket = connect("127.0.0.2");
        send(socket, download(user));
        socket.setSoTimeout(FAR_LONGER_THAN_ANYONE_IS_PATIENT);
        InputStream in = socket.getInputStream();
        byte[] part = new byte[200_000];
        long read = 0;
        for (int n = in.read(part); n > 0; n = in.read(part)) {
            read += n;
            Thread.sleep(read < 2_000_000 ? 50 : 0); // slower than we write
        }
        assertThat(read).isGreaterThan(PICTURE);
    }

    /** The events of the console go on for hours. */
    @Test
    void whoListensIsNotIdle() throws Exception {
        Socket socket = connect("127.0.0.2");
        String password = Base64.getEncoder()
                .encodeToString(("operator:" + OffstageResource.PASSWORD).getBytes(ISO_8859_1));
        send(socket, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + password + "\r\n\r\n");
        long start = System.nanoTime();
        while (System.nanoTime() - start < Duration.ofSeconds(6).toNanos()) {
            assertThat(socket.getInputStream().read()).as("a byte of an event").isNotNegative();
        }
    }

    @Test
    void aFormThatBreaksOffLeavesNothingOnTheDisk() throws Exception {
        Socket socket = connect("127.0.0.2");
        send(socket, POST.formatted("/signup", "multipart/form-data; boundary=cut", "Content-Length: 5000000")
                + "a".repeat(100_000));
        await().until(() -> forms() > 0);
        socket.close();
        await().untilAsserted(() -> assertThat(forms()).isZero());
    }

    private long forms() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(uploads))) {
            return files.filter(file -> file.getFileName().toString().startsWith("form-")).count();
        }
    }

    private UUID picture() throws SQLException {
        UUID user = UUID.randomUUID();
        QuarkusTransaction.requiringNew()
                .run(() -> new AppUser(user, new EmailAddress("ada-" + user + "@example.com"), "Ada", Instant.now())
                        .persist());
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        insert into avatar (user_id, size, content_type, content, etag, created_at, animated)
                        values (?, 512, 'image/gif', ?, 'large', now(), true)""")) {
            insert.setObject(1, user);
            insert.setBytes(2, new byte[PICTURE]);
            insert.executeUpdate();
        }
        return user;
    }

    private static String download(UUID user) {
        return "GET /users/" + user + "/avatar/512 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    }

    private long bytesOf(UUID user, String from) throws IOException {
        Socket socket = connect(from);
        socket.setSoTimeout(FAR_LONGER_THAN_ANYONE_IS_PATIENT);
        send(socket, download(user));
        String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(answer).startsWith("HTTP/1.1 200 ");
        return answer.chars().filter(letter -> letter == 0).count();
    }

    private String signUp(String from) throws IOException {
        Socket socket = connect(from);
        String json = "{\"email\":\"ada-" + UUID.randomUUID() + "@example.com\",\"name\":\"Ada\"}";
        send(socket, POST.formatted("/signup", "application/json", "Content-Length: " + json.length()) + json);
        String answer = answer(socket);
        socket.close();
        return answer;
    }

    private Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4_096);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", RestAssured.port));
        socket.setSoTimeout(FAR_LONGER_THAN_ANYONE_IS_PATIENT);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    /** Of a small body, in one piece. */
    private static String answer(Socket socket) throws IOException {
        byte[] bytes = new byte[16_384];
        int read = socket.getInputStream().read(bytes);
        return read < 0 ? "" : new String(bytes, 0, read, ISO_8859_1);
    }

    private static long readAll(Socket socket) throws IOException {
        long read = 0;
        byte[] part = new byte[100_000];
        try {
            for (int n = socket.getInputStream().read(part); n > 0; n = socket.getInputStream().read(part)) {
                read += n;
            }
        } catch (SocketException reset) {
            return read;
        }
        return read;
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    private static boolean isClosedAtOnce(Socket socket) {
        try {
            socket.setSoTimeout(200);
            return isClosed(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
