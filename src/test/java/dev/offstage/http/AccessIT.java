package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

import dev.offstage.testing.OffstageResource;

/** Who may do what, from where, and how often; behind a proxy on this machine. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(AccessIT.BehindAProxy.class)
class AccessIT {

    /** Fewer than one address may have under way. */
    private static final int AT_ONCE = 40;

    public static class BehindAProxy implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.proxy.proxy-address-forwarding", "true",
                    "quarkus.http.proxy.trusted-proxies", "127.0.0.1,::1",
                    "offstage.api.sign-ups-per-address", "5/m",
                    "offstage.operator.log-ins-per-address", "3/m");
        }
    }

    private static int addresses;

    private final String address = "203.0.113." + ++addresses;

    @ParameterizedTest
    @ValueSource(strings = {"/jobs", "/stats", "/statistics", "/types", "/operations", "/events"})
    void programsAreToldToSendAPassword(String path) {
        request().get(path)
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", containsString("Basic"))
                .contentType("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console", "/console/jobs", "/console/dead-letters", "/console/limits", "/console/audit"})
    void peopleAreLedToTheLogIn(String path) {
        request().accept("text/html")
                .redirects()
                .follow(false)
                .get(path)
                .then()
                .statusCode(302)
                .header("Location", containsString("/console/log-in"));
    }

    @Test
    void aSessionIsACookieThatNoScriptAndNoOtherSiteCanUse() {
        Response answer = logIn(OffstageResource.PASSWORD, "https");

        answer.then().statusCode(302).header("Location", containsString("/console"));
        assertThat(answer.getHeaders().getValues("set-cookie"))
                .filteredOn(cookie -> cookie.startsWith("offstage-session="))
                .singleElement()
                .asString()
                .contains("HTTPOnly", "SameSite=Lax", "Secure");
        request().cookie("offstage-session", answer.cookie("offstage-session"))
                .accept("text/html")
                .get("/console")
                .then()
                .statusCode(200)
                .header("Content-Security-Policy", containsString("script-src 'self'"))
                .header("Content-Security-Policy", not(containsString("unsafe-inline")))
                .header("Cache-Control", containsString("no-store"));
    }

    @Test
    void passwordsCannotBeGuessedQuickly() {
        for (int i = 0; i < 3; i++) {
            request().auth().preemptive().basic("operator", "guess-" + i).get("/stats").then().statusCode(401);
        }
        request().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/stats")
                .then()
                .statusCode(429)
                .header("Retry-After", notNullValue());
        logIn("guess", "http").then().statusCode(429).body("detail", containsString("try again in"));
        request("192.0.2.1").auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/stats")
                .then()
                .statusCode(200);
    }

    @Test
    void whatACallerSaysOfItselfDoesNotCount() {
        for (int i = 0; i < 3; i++) {
            request("7.7.7." + i + ", " + address).auth()
                    .preemptive()
                    .basic("operator", "guess-" + i)
                    .get("/stats")
                    .then()
                    .statusCode(401);
        }
        request("7.7.7.9, " + address + ":4711").auth()
                .preemptive()
                .basic("operator", "guess")
                .get("/stats")
                .then()
                .statusCode(429);
    }

    @Test
    void aPersonWhoTriesTooOftenSeesAPage() {
        for (int i = 0; i < 3; i++) {
            logIn("guess", "http");
        }
        request().accept("text/html")
                .redirects()
                .follow(false)
                .contentType(ContentType.URLENC)
                .formParam("j_username", "operator")
                .formParam("j_password", "guess")
                .post("/j_security_check")
                .then()
                .statusCode(303)
                .header("Location", containsString("/console/log-in?wait="));
        request().get("/console/log-in?wait=7").then().statusCode(200).body(containsString("try again in 7 s"));
    }

    @Test
    void aLogInThatIsNoFormIsRefused() {
        request().contentType(ContentType.JSON)
                .body("{}")
                .post("/j_security_check")
                .then()
                .statusCode(401)
                .contentType("application/problem+json");
    }

    @Test
    void signUpsOfOneAddressAreLimited() {
        for (int i = 0; i < 5; i++) {
            signUp(request()).then().statusCode(201);
        }
        signUp(request()).then()
                .statusCode(429)
                .header("Retry-After", notNullValue())
                .contentType("application/problem+json");
        signUp(request("198.51.100.7")).then().statusCode(201);
    }

    @Test
    void addressesOfOneNetworkCountAsOne() {
        for (int i = 0; i < 5; i++) {
            signUp(request("2001:db8:1:2::" + i)).then().statusCode(201);
        }
        signUp(request("2001:db8:1:2:ffff::1")).then().statusCode(429);
        signUp(request("2001:db8:1:3::1")).then().statusCode(201);
    }

    @Test
    void anotherSiteCannotMakeABrowserChangeAnything() {
        for (Map<String, String> from : List.of(Map.of("Sec-Fetch-Site", "cross-site"),
                Map.of("Sec-Fetch-Site", "same-site"),
                Map.of("Origin", "https://evil.example"), Map.of("Origin", "null"))) {
            request().headers(from)
                    .auth()
                    .preemptive()
                    .basic("operator", OffstageResource.PASSWORD)
                    .post("/types/scripted/pause")
                    .then()
                    .statusCode(403)
                    .body("detail", containsString("another site"));
        }
        request().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/types")
                .then()
                .body("find { it.type == 'scripted' }.paused", equalTo(false));
    }

    @Test
    void aPageWhoseSessionHasEndedIsNotAskedForAPasswordByTheBrowser() {
        request().header("Sec-Fetch-Mode", "cors")
                .get("/events")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", nullValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/j_security_check", "/x/j_security_check", "/signup/j_security_check",
            "/console/j_security_check", "/j_security_check;a=b"})
    void noPathGoesRoundTheLimitOfTheForm(String path) {
        for (int i = 0; i < 6; i++) {
            form("guess-" + i).post(path);
        }

        assertThat(form(OffstageResource.PASSWORD).post(path).cookie("offstage-session")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/j_security_check", "/stats", "/stats/", "/signup"})
    void noPathGoesRoundTheLimitOfBasic(String path) {
        for (int i = 0; i < 6; i++) {
            basic(address, "guess-" + i).get(path);
            basic(address, "guess-" + i).put(path);
        }

        basic(address, OffstageResource.PASSWORD).get("/stats")
                .then()
                .statusCode(path.startsWith("/stats") ? 429 : 200); // elsewhere nobody looks at it
    }

    @Test
    void guessesAtTheSameTimeAreCountedAsThoseOneAfterAnother() {
        List<Integer> answers = atTheSameTime(AT_ONCE, i -> basic(address, "guess-" + i).get("/stats").statusCode());

        assertThat(answers).filteredOn(status -> status == 401).hasSize(3);
        assertThat(answers).filteredOn(status -> status == 429).hasSize(AT_ONCE - 3);
    }

    @Test
    void whoKnowsThePasswordIsNeverInItsOwnWay() {
        List<Integer> answers = atTheSameTime(AT_ONCE,
                i -> basic(address, OffstageResource.PASSWORD).get("/stats").statusCode());

        assertThat(answers).containsOnly(200);
    }

    @Test
    void aWrongPasswordSpoilsNoPublicPage() {
        for (int i = 0; i < 6; i++) {
            basic(address, "guess").get("/").then().statusCode(200);
        }
        basic(address, OffstageResource.PASSWORD).get("/stats").then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/signup", "/signup/", "/signup;a=b", "//signup", "/x/../signup", "/%73ignup"})
    void noPathGoesRoundTheLimitOfSignUps(String path) {
        for (int i = 0; i < 5; i++) {
            signUp(request());
        }

        assertThat(signUp(request().urlEncodingEnabled(false), path).statusCode()).isNotEqualTo(201);
    }

    @Test
    void whoWritesTheProxysOwnAddressIsStillItself() {
        for (int i = 0; i < 3; i++) {
            basic("127.0.0.1, " + address, "guess-" + i).get("/stats").then().statusCode(401);
        }
        basic("127.0.0.1, " + address, OffstageResource.PASSWORD).get("/stats").then().statusCode(429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example/", "//evil.example/console", "/\\evil.example", "/console\\..",
            "/consoleevil", "/console/../x\r\nSet-Cookie: a=b"})
    void aLogInLeadsToNoOtherSite(String to) {
        form(OffstageResource.PASSWORD).header("Host", "evil.example")
                .formParam("to", to)
                .post("/j_security_check")
                .then()
                .statusCode(302)
                .header("Location", equalTo("/console"));
    }

    @Test
    void aLogInLeadsToThePageThatWasAskedFor() {
        String location = request().accept("text/html")
                .header("Host", "evil.example")
                .redirects()
                .follow(false)
                .get("/console/jobs?type=mail&state=dead")
                .header("Location");

        assertThat(location).startsWith("/console/log-in?to=");
        request().urlEncodingEnabled(false)
                .get(location)
                .then()
                .body(containsString("value=\"/console/jobs?type=mail&amp;state=dead\""))
                .body(not(containsString("operator-password")));
        form(OffstageResource.PASSWORD).formParam("to", "/console/jobs?type=mail&state=dead")
                .post("/j_security_check")
                .then()
                .header("Location", equalTo("/console/jobs?type=mail&state=dead"));
    }

    private <T> List<T> atTheSameTime(int times, IntFunction<T> call) {
        ExecutorService callers = Executors.newFixedThreadPool(times);
        try {
            CountDownLatch together = new CountDownLatch(times);
            List<Future<T>> calls = IntStream.range(0, times).mapToObj(i -> callers.submit(() -> {
                together.countDown();
                together.await();
                return call.apply(i);
            })).toList();
            List<T> answers = new ArrayList<>();
            for (Future<T> one : calls) {
                answers.add(one.get(30, TimeUnit.SECONDS));
            }
            return answers;
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } finally {
            callers.shutdownNow();
        }
    }

    private static RequestSpecification basic(String address, String password) {
        return request(address).auth().preemptive().basic("operator", password);
    }

    private RequestSpecification form(String password) {
        return request().redirects()
                .follow(false)
                .contentType(ContentType.URLENC)
                .formParam("j_username", "operator")
                .formParam("j_password", password);
    }

    private Response logIn(String password, String scheme) {
        return request().header("X-Forwarded-Proto", scheme)
                .redirects()
                .follow(false)
                .contentType(ContentType.URLENC)
                .formParam("j_username", "operator")
                .formParam("j_password", password)
                .post("/j_security_check");
    }

    private static Response signUp(RequestSpecification request) {
        return signUp(request, "/signup");
    }

    private static Response signUp(RequestSpecification request, String path) {
        return request.contentType(ContentType.JSON)
                .body(Map.of("email", UUID.randomUUID() + "@example.com", "name", "Ada"))
                .post(path);
    }

    private RequestSpecification request() {
        return request(address);
    }

    private static RequestSpecification request(String address) {
        return given().header("X-Forwarded-For", address);
    }
}
