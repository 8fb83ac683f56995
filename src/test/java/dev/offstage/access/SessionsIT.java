package dev.offstage.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.notNullValue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import jakarta.inject.Inject;

import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;

import dev.offstage.config.OffstageConfig;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestSettings;

/** How long a session holds, by what its row says. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SessionsIT {

    private static final String COOKIE = "offstage-session";

    @Inject
    AgroalDataSource dataSource;

    @BeforeEach
    void nobodyIsLoggedIn() throws SQLException {
        change("delete from operator_session");
    }

    @Test
    void aCopyOfTheCookieIsWorthNothingAfterTheLogOut() {
        String browser = logIn();
        String other = logIn();
        assertThat(browser).isNotEqualTo(other).matches("[A-Za-z0-9_-]{43}");
        given().cookie(COOKIE, browser)
                .redirects()
                .follow(false)
                .post("/console/log-out")
                .then()
                .statusCode(303)
                .header("Location", "/console/log-in");

        ask(browser).then().statusCode(401);
        ask(other).then().statusCode(200);
    }

    @Test
    void aLogOutEverywhereEndsThemAll() {
        String browser = logIn();
        String other = logIn();
        given().cookie(COOKIE, browser).formParam("everywhere", "true").post("/console/log-out");

        ask(browser).then().statusCode(401);
        ask(other).then().statusCode(401);
    }

    @Test
    void eventsEndWithTheSession() throws Exception {
        String browser = logIn();
        HttpResponse<InputStream> events = HttpClient.newHttpClient()
                .send(HttpRequest
                        .newBuilder(
                                URI.create(ConfigProvider.getConfig().getValue("test.url", String.class) + "/events"))
                        .header("Cookie", COOKIE + "=" + browser)
                        .timeout(Duration.ofSeconds(10))
                        .build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(events.statusCode()).isEqualTo(200);
        CompletableFuture<byte[]> all = CompletableFuture.supplyAsync(() -> {
            try (InputStream body = events.body()) {
                return body.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        given().cookie(COOKIE, browser).post("/console/log-out");

        assertThat(all).succeedsWithin(Duration.ofSeconds(25));
    }

    @ParameterizedTest
    @ValueSource(strings = {"created_at = now() - interval '12 hours'", "seen_at = now() - interval '2 hours'",
            "password = 'another'"})
    void aSessionEnds(String change) throws SQLException {
        String browser = logIn();
        change("update operator_session set " + change);

        ask(browser).then().statusCode(401);
    }

    @Test
    void whatIsAskedKeepsASessionAlive() throws SQLException {
        String browser = logIn();
        change("update operator_session set seen_at = now() - interval '90 minutes'");
        ask(browser).then().statusCode(200);

        assertThat(count("seen_at > now() - interval '1 minute'")).isOne();
    }

    @Test
    void theSecretChangesAndTheOldOneCountsUntilTheBrowserHasTheNewOne() throws SQLException {
        String first = logIn();
        change("update operator_session set changed_at = now() - interval '10 minutes'");
        String second = ask(first).then().statusCode(200).cookie(COOKIE, notNullValue()).extract().cookie(COOKIE);

        assertThat(second).isNotEqualTo(first);
        assertThat(ask(first).then().statusCode(200).extract().cookie(COOKIE)).isNull();
        assertThat(ask(second).then().statusCode(200).extract().cookie(COOKIE)).isNull();
        ask(first).then().statusCode(200);
        change("update operator_session set arrived_at = now() - interval '1 minute'");
        ask(first).then().statusCode(401);
        ask(second).then().statusCode(200);
    }

    @Test
    void anAnswerThatWasLostEndsNoSession() throws SQLException {
        String first = logIn();
        change("update operator_session set changed_at = now() - interval '10 minutes'");
        ask(first);
        change("update operator_session set changed_at = now() - interval '10 minutes'");

        String third = ask(first).then().statusCode(200).extract().cookie(COOKIE);
        ask(third).then().statusCode(200);
    }

    @Test
    void inTheDatabaseLiesNoSecret() throws SQLException {
        String browser = logIn();

        assertThat(count("token = '" + browser + "' or encode(token, 'escape') like '%" + browser + "%'")).isZero();
        assertThat(count("token = sha256('" + browser + "')")).isOne();
    }

    @Test
    void anotherPasswordHasAnotherMark() throws SQLException {
        OffstageConfig other = TestSettings.read(Map.of("offstage.operator.password", "another"));
        OffstageConfig same = TestSettings
                .read(Map.of("offstage.operator.password", OffstageResource.PASSWORD));
        logIn();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select password from operator_session")) {
            row.next();
            byte[] mark = row.getBytes(1);
            assertThat(new PasswordMark(same).get(connection)).isEqualTo(mark);
            assertThat(new PasswordMark(other).get(connection)).isNotEqualTo(mark);
        }
    }

    @Test
    void whileThePasswordGoesOnACookieHasToWaitForPostgresql() throws Exception {
        String browser = logIn();
        OffstageResource.parts().postgresql().stop();
        try {
            ask(browser).then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", notNullValue())
                    .body("detail", containsString("Sessions are kept in the database"));
            given().redirects()
                    .follow(false)
                    .formParam("j_username", "operator")
                    .formParam("j_password", OffstageResource.PASSWORD)
                    .post("/j_security_check")
                    .then()
                    .statusCode(503);
            given().auth()
                    .preemptive()
                    .basic("operator", OffstageResource.PASSWORD)
                    .get("/console/log-in")
                    .then()
                    .statusCode(200);
        } finally {
            OffstageResource.parts().postgresql().start();
            dataSource.flush(AgroalDataSource.FlushMode.ALL);
        }
    }

    private static String logIn() {
        return given().redirects()
                .follow(false)
                .formParam("j_username", "operator")
                .formParam("j_password", OffstageResource.PASSWORD)
                .post("/j_security_check")
                .then()
                .statusCode(302)
                .extract()
                .cookie(COOKIE);
    }

    private static Response ask(String secret) {
        return given().cookie(COOKIE, secret).get("/types");
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private int count(String where) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from operator_session where " + where)) {
            row.next();
            return row.getInt(1);
        }
    }
}
