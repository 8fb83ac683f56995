package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.testing.OffstageResource;

/** Whatever a caller gets wrong is answered with a sentence, and is no error of ours in the log. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ErrorAnswersIT {

    private static final String PROBLEM = "application/problem+json";
    private static final String MULTIPART = "multipart/form-data; boundary=cut";
    private static final String JSON = "application/json";
    private static final String END = "--cut--\r\n";
    private static final byte[] GO_ON = "HTTP/1.1 100 Continue".getBytes(ISO_8859_1);
    private static final int LARGEST = 8 * 1024 * 1024;
    private static final int AS_MANY_AS_ONE_ADDRESS_MAY_HAVE = 2;
    private static final int TWICE_AS_MANY_AS_ONE_ADDRESS_MAY_HAVE = 4;
    private static final int MANY = 20;
    private static final int NINE_MEGABYTES = 9_000_000;
    private static final int TWENTY_THREE_MEGABYTES = 23_000_000;

    private final LogWatch log = new LogWatch(ProblemMappers.class);

    @BeforeEach
    void watchTheLog() {
        log.start();
    }

    @AfterEach
    void nothingWasLoggedAsAnError() {
        log.stop();
        assertThat(log.errors()).isEmpty();
    }

    static Stream<String> malformedForms() {
        String fields = field("email", "ada@example.com") + field("name", "Ada");
        return Stream.of(
                "",
                "This is no form at all.",
                fields,
                fields + "--cut\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.jpg\"\r\n\r\nhalf a fi",
                "--cut\r\n:::\r\n\r\nAda\r\n" + END,
                "--cut\r\nnonsense\r\n\r\nAda\r\n" + END,
                "--cut\r\nContent-Disposition: form-data; name=\"name\"\r\nContent-Type: text/plain; charset=bogus\r\n\r\nAda\r\n"
                        + END,
                "--cut\r\nContent-Disposition: form-data; name=\"name\"\r\nContent-Type: garbage\r\n\r\nAda\r\n" + END,
                field("name", "Ada").repeat(101) + END);
    }

    @ParameterizedTest
    @MethodSource("malformedForms")
    void aMalformedFormIsRefused(String body) throws IOException {
        assertThat(post(MULTIPART, body.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 400 ")
                .contains(PROBLEM, "The multipart body cannot be read.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"multipart/form-data", "multipart/form-data; boundary="})
    void aFormWithoutABoundaryIsRefused(String contentType) throws IOException {
        assertThat(post(contentType, END.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 400 ")
                .contains(PROBLEM, "names no boundary");
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "/", "application/", "text/csv", "application/x-www-form-urlencoded"})
    void aContentTypeThatIsNoneOrNotTakenIsRefused(String contentType) throws IOException {
        assertThat(post(contentType, "{}".getBytes(ISO_8859_1))).startsWith("HTTP/1.1 415 ")
                .contains(PROBLEM, "Content-Type")
                .doesNotContain("@Consumes");
    }

    @Test
    void aFormThatIsLargerThanAnyFileIsTooLarge() throws IOException {
        assertThat(post(MULTIPART, photo(TWENTY_THREE_MEGABYTES))).startsWith("HTTP/1.1 413 ")
                .contains(PROBLEM, "21 MiB");
        assertThat(postInChunks(MULTIPART, photo(TWENTY_THREE_MEGABYTES))).startsWith("HTTP/1.1 413 ")
                .contains(PROBLEM, "21 MiB");
    }

    @Test
    void aFieldThatWouldFillTheMemoryIsTooLarge() throws IOException {
        String form = field("email", "ada@example.com") + field("name", "a".repeat(NINE_MEGABYTES)) + END;
        assertThat(post(MULTIPART, form.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 413 ").contains(PROBLEM, "64 KiB");
    }

    @Test
    void nineMegabytesOfJsonAreTooLarge() throws IOException {
        byte[] json = ("{\"email\":\"" + "a".repeat(NINE_MEGABYTES) + "\"}").getBytes(ISO_8859_1);
        assertThat(post(JSON, json)).startsWith("HTTP/1.1 413 ").contains(PROBLEM, "8 MiB");
        assertThat(postInChunks(JSON, json)).startsWith("HTTP/1.1 413 ").contains(PROBLEM, "8 MiB");
    }

    @Test
    void whatComesInChunksIsTakenWhenItIsSmall() throws IOException {
        String json = "{\"email\":\"ada-" + UUID.randomUUID() + "@example.com\",\"name\":\"Ada\"}";
        assertThat(postInChunks(JSON, json.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 201 ");
        assertThat(postInChunks(MULTIPART, photo(6_000_000))).startsWith("HTTP/1.1 413 ").contains("5 MiB");
    }

    /** Of more than 64 KiB a sign-up once got nothing but zeros. */
    @ParameterizedTest
    @ValueSource(ints = {60_000, 70_000, 1_000_000})
    void aNameIsReadHoweverLongItIs(int length) throws IOException {
        byte[] json = ("{\"email\":\"ada@example.com\",\"name\":\"" + "a".repeat(length) + "\"}").getBytes(ISO_8859_1);
        assertThat(post(JSON, json)).startsWith("HTTP/1.1 400 ").contains(PROBLEM, "longer than 200 characters");
        assertThat(postInChunks(JSON, json)).startsWith("HTTP/1.1 400 ").contains("longer than 200 characters");
    }

    @Test
    void anEmptyBodyInChunksIsAnEmptyBody() throws IOException {
        assertThat(postInChunks(JSON, new byte[0])).startsWith("HTTP/1.1 400 ").contains(PROBLEM, "empty");
        String job = "POST /jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Authorization: Basic " + Base64.getEncoder()
                        .encodeToString(("operator:" + OffstageResource.PASSWORD).getBytes(ISO_8859_1))
                + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assertThat(answer(job.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 400 ").contains(PROBLEM);
    }

    @Test
    void chunksThatAreNoneAreRefused() throws IOException {
        String head = new String(head(JSON, "Transfer-Encoding: chunked"), ISO_8859_1);
        assertThat(answer((head + "zz\r\n{}\r\n").getBytes(ISO_8859_1))).startsWith("HTTP/1.1 400 ").contains(PROBLEM);
    }

    @Test
    void aCallerThatHangsUpIsNoErrorOfOurs() throws IOException {
        LogWatch bodies = new LogWatch(LargeBodies.class);
        bodies.start();
        try {
            hangUp(JSON, ("{\"email\":\"" + "a".repeat(100_000)).getBytes(ISO_8859_1)); // may be dropped without a word
            hangUp(MULTIPART, photo(100_000));

            await().until(() -> !bodies.errors().isEmpty() || bodies.requestsOver("A caller went away") > 0);
            assertThat(bodies.errors()).isEmpty();
        } finally {
            bodies.stop();
        }
    }

    /** What is announced takes nothing; what comes does. */
    @Test
    void largeBodiesHaveToWaitForOneAnotherAndSmallOnesForNone() throws IOException {
        byte[] large = ("{\"name\":\"" + "a".repeat(100_000) + "\"}").getBytes(ISO_8859_1);
        List<Socket> halfSent = new ArrayList<>();
        try {
            for (int i = 0; i < TWICE_AS_MANY_AS_ONE_ADDRESS_MAY_HAVE; i++) {
                Socket socket = connected();
                halfSent.add(socket);
                socket.getOutputStream().write(head(JSON, "Content-Length: " + LARGEST + "\r\nExpect: 100-continue"));
                assertThat(socket.getInputStream().readNBytes(GO_ON.length)).as("somebody reads").isEqualTo(GO_ON);
            }
            assertThat(post(JSON, large)).as("beside bodies that did not come").startsWith("HTTP/1.1 400 ");

            for (int i = 0; i < AS_MANY_AS_ONE_ADDRESS_MAY_HAVE; i++) {
                halfSent.get(i).getOutputStream().write("a".repeat(LARGEST - 1).getBytes(ISO_8859_1));
            }
            await().untilAsserted(() -> assertThat(post(JSON, large)).startsWith("HTTP/1.1 503 ")
                    .contains(PROBLEM, "too large")
                    .containsIgnoringCase("Retry-After: 1"));
            String small = "{\"email\":\"ada-" + UUID.randomUUID() + "@example.com\",\"name\":\"Ada\"}";
            assertThat(post(JSON, small.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 201 ");
        } finally {
            for (Socket socket : halfSent) {
                socket.close();
            }
        }
        await().untilAsserted(() -> assertThat(post(JSON, large)).startsWith("HTTP/1.1 400 "));
    }

    /** Four chunked bodies of one byte once held all the memory that there is for bodies. */
    @Test
    void aByteInChunksTakesAByte() throws IOException {
        byte[] large = ("{\"name\":\"" + "a".repeat(100_000) + "\"}").getBytes(ISO_8859_1);
        List<Socket> halfSent = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                Socket socket = connected();
                halfSent.add(socket);
                socket.getOutputStream().write(head(JSON, "Transfer-Encoding: chunked"));
                socket.getOutputStream().write("1\r\n{\r\n".getBytes(ISO_8859_1));
            }
            assertThat(post(JSON, large)).startsWith("HTTP/1.1 400 ");
            assertThat(postInChunks(JSON, large)).startsWith("HTTP/1.1 400 ");
        } finally {
            for (Socket socket : halfSent) {
                socket.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET /signup HTTP/1.1~Host: a~Host: a                                             | 400
            GET /signup HTTP/1.1~Host: a~Host: b                                             | 400
            POST /signup HTTP/1.1~Host: a~Transfer-Encoding: xchunked~Content-Length: 5      | 501
            POST /signup HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked                   | 501
            POST /signup HTTP/1.1~Host: a~Transfer-Encoding: chunked~Transfer-Encoding: gzip | 501
            POST /signup HTTP/1.0~Host: a~Transfer-Encoding: chunked                         | 400
            POST /signup HTTP/1.1~Host: a~Transfer-Encoding: chunked~Content-Length: 5       | 400
            POST /signup HTTP/1.1~Host: a~Content-Length: 5~Content-Length: 6                | 400
            POST /signup HTTP/1.1~Host: a~Content-Length: 5, 6                               | 400
            POST /signup HTTP/1.1~Host: a~Content-Length: +5                                 | 400
            POST /signup HTTP/1.1~Host: a~Content-Length: -5                                 | 400
            POST /signup HTTP/1.1~Host: a~Content-Length : 5                                 | 400
            POST /signup HTTP/1.1~Host: a~X: a^Content-Length: 5                             | 400
            MADEUP /signup HTTP/1.1~Host: a                                                  | 501
            get /signup HTTP/1.1~Host: a                                                     | 501
            TRACE /signup HTTP/1.1~Host: a                                                   | 501
            CONNECT a:80 HTTP/1.1~Host: a                                                    | 501
            GET /users/%zz HTTP/1.1~Host: a                                                  | 400
            GET /jobs?q=% HTTP/1.1~Host: a                                                   | 400
            GET /jobs?q={a} HTTP/1.1~Host: a                                                 | 400
            GET /console\\..\\jobs HTTP/1.1~Host: a                                         | 400
            GET mailto:a HTTP/1.1~Host: a                                                    | 400
            """)

    void whatAnotherServerMayReadOtherwiseIsRefused(String head, int status) throws IOException {
        String request = head.replace("~", "\r\n").replace('^', '\r') + "\r\n\r\n";
        assertThat(answer(request.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 " + status + " ").contains(PROBLEM);
    }

    /** Bodies without a length would pass the limits there. */
    @Test
    void whoAsksForHttp2IsAnsweredWithHttp1() throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/"))
                .timeout(Duration.ofSeconds(20))
                .build();

        HttpResponse<Void> answer = client.send(request, BodyHandlers.discarding());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }

    @Test
    void whoBeginsWithHttp2IsHungUpOn() throws IOException {
        assertThat(answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1))).isEmpty();
    }

    @Test
    void aRequestWithoutAHostIsAnswered() throws IOException {
        assertThat(answer("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(ISO_8859_1)))
                .startsWith("HTTP/1.1 400 ")
                .contains(PROBLEM, "send the header Host");
    }

    private void hangUp(String contentType, byte[] beginning) throws IOException {
        try (Socket socket = connected()) {
            socket.setSoLinger(true, 0); // closing resets the connection
            socket.getOutputStream().write(head(contentType, "Content-Length: 1000000\r\nExpect: 100-continue"));
            assertThat(socket.getInputStream().readNBytes(GO_ON.length)).as("somebody reads").isEqualTo(GO_ON);
            socket.getOutputStream().write(beginning);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"email":"ada@example.com","name":"Ada"} {}            | JSON
            {"email":"ada@example.com","name":"Ada"} nonsense      | JSON
            {"email":"ada@example.com","name":"Ada","name":"Eve"}  | Duplicate
            {"email":"ada@example.com","name":7}                   | in quotation marks
            {"email":"ada@example.com","name":1.5}                 | in quotation marks
            {"email":"ada@example.com","name":true}                | in quotation marks
            {"email":"ada@exam                                     | breaks off
            {"email":"ada@example.com"                             | breaks off
            """)
    void jsonIsTakenAtItsWord(String body, String sentence) {
        given().contentType(JSON)
                .body(body)
                .post("/signup")
                .then()
                .statusCode(400)
                .contentType(PROBLEM)
                .body(containsString(sentence))
                .body(not(containsString("REDACTED")));
    }

    @ParameterizedTest
    @CsvSource({"q,a\u0000b", "limit,abc", "limit,99999999999", "limit,0", "limit,501", "limit,-1", "after,nonsense",
            "after,1-1-1-1-1", "state,asleep", "type,nonsense"})
    void aFilterOfTheJobsThatIsNotValidIsNamed(String parameter, String value) {
        operator().queryParam(parameter, value)
                .get("/jobs")
                .then()
                .statusCode(400)
                .contentType(PROBLEM)
                .body("violations.field", equalTo(List.of(parameter)));
    }

    @Test
    void aStrangerIsAskedForAPassword() {
        for (ValidatableResponse answer : List.of(given().get("/stats").then(),
                given().auth().preemptive().basic("operator", "wrong").get("/stats").then(),
                given().auth().preemptive().basic("eve", "wrong").get("/stats").then())) {
            answer.statusCode(401)
                    .header("WWW-Authenticate", equalTo("Basic realm=\"Offstage\""))
                    .contentType(PROBLEM)
                    .body("detail", containsString("operator"));
        }
    }

    @Test
    void whatIsNotThereIsSaidInASentence() {
        given().get("/nowhere").then().statusCode(404).contentType(PROBLEM).body("detail", containsString("openapi"));
        operator().get("/webhooks/a/b/c").then().statusCode(404).body("detail", containsString("openapi"));
        operator().get("/types/mail").then().statusCode(404).body("detail", containsString("openapi"));
        operator().get("/jobs/nonsense")
                .then()
                .statusCode(404)
                .contentType(PROBLEM)
                .body("detail", containsString("openapi"));
        given().delete("/signup")
                .then()
                .statusCode(405)
                .contentType(PROBLEM)
                .body("detail", containsString("openapi"));
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }

    private static String field(String name, String value) {
        return "--cut\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static byte[] photo(int length) {
        return (field("email", "ada@example.com") + field("name", "Ada")
                + "--cut\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.jpg\"\r\n\r\n"
                + "x".repeat(length) + "\r\n" + END).getBytes(ISO_8859_1);
    }

    private static String post(String contentType, byte[] body) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(head(contentType, "Content-Length: " + body.length));
        request.write(body);
        return answer(request.toByteArray());
    }

    private static String postInChunks(String contentType, byte[] body) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(head(contentType, "Transfer-Encoding: chunked"));
        for (int at = 0; at < body.length; at += 50_000) {
            int length = Math.min(50_000, body.length - at);
            request.write((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
            request.write(body, at, length);
            request.write("\r\n".getBytes(ISO_8859_1));
        }
        request.write("0\r\n\r\n".getBytes(ISO_8859_1));
        return answer(request.toByteArray());
    }

    private static byte[] head(String contentType, String length) {
        return ("POST /signup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + contentType + "\r\n"
                + length + "\r\n\r\n").getBytes(ISO_8859_1);
    }

    /** Sends what no HTTP client would; the answer may come, and the connection end, before all is sent. */
    private static String answer(byte[] request) throws IOException {
        try (Socket socket = connected()) {
            Thread sender = new Thread(() -> {
                try {
                    socket.getOutputStream().write(request);
                } catch (IOException refused) {
                    // the answer says why
                }
            });
            sender.start();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                socket.getInputStream().transferTo(answer);
            } catch (IOException reset) {
                assertThat(answer.size()).isPositive();
            }
            return answer.toString(ISO_8859_1);
        }
    }

    private static Socket connected() throws IOException {
        Socket socket = new Socket("localhost", RestAssured.port);
        socket.setSoTimeout(20_000);
        return socket;
    }
}
