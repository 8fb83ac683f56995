package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.test.oidc.server.OidcWiremockTestResource;
import io.restassured.response.Response;

import dev.offstage.testing.OffstageResource;

/** Operators log in at a provider, whose role admin is Offstage's role operator. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@QuarkusTestResource(value = OidcWiremockTestResource.class, restrictToAnnotatedClass = true)
@TestProfile(OpenIdConnectIT.WithAProvider.class)
class OpenIdConnectIT {

    public static class WithAProvider implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.oidc.tenant-enabled", "true",
                    "quarkus.oidc.auth-server-url", "${keycloak.url}/realms/quarkus",
                    "quarkus.oidc.client-id", "quarkus-web-app",
                    "quarkus.oidc.credentials.secret", "secret",
                    "quarkus.oidc.token-state-manager.encryption-secret", "of-at-least-32-characters-in-all",
                    "quarkus.http.auth.roles-mapping.admin", "operator");
        }
    }

    @Test
    void aProgramSendsItsToken() {
        withToken(Set.of("admin")).then().statusCode(200);
        withToken(Set.of("guest"))
                .then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("detail", containsString("role operator"));
        given().auth()
                .preemptive()
                .oauth2(OidcWiremockTestResource.getAccessToken("alice", Set.of("guest")))
                .delete("/schedules/cleanup")
                .then()
                .statusCode(403);
        given().auth().preemptive().oauth2("not-a-token").get("/stats").then().statusCode(401);
    }

    private static Response withToken(Set<String> roles) {
        return given().auth()
                .preemptive()
                .oauth2(OidcWiremockTestResource.getAccessToken("alice", roles))
                .get("/stats");
    }

    @Test
    void thePasswordStillWorksForScripts() {
        given().auth().preemptive().basic("operator", OffstageResource.PASSWORD).get("/stats").then().statusCode(200);
    }

    @Test
    void aPersonLogsInAtTheProvider() {
        Response challenge = given().accept("text/html").redirects().follow(false).get("/console/jobs");
        challenge.then().statusCode(302).header("Location", containsString("client_id=quarkus-web-app"));
        Map<String, String> asked = query(challenge.header("Location"));
        assertThat(asked.get("redirect_uri")).endsWith("/console/welcome");

        Response returned = given().cookies(challenge.cookies())
                .redirects()
                .follow(false)
                .accept("text/html")
                .queryParam("state", asked.get("state"))
                .queryParam("code", "a-code")
                .get("/console/welcome");

        returned.then().statusCode(302).header("Location", containsString("/console/jobs"));
        given().cookies(returned.cookies())
                .accept("text/html")
                .get("/console/jobs")
                .then()
                .statusCode(200)
                .body(containsString("Dead letters"));
    }

    private static Map<String, String> query(String location) {
        return Arrays.stream(URI.create(location).getRawQuery().split("&"))
                .map(part -> part.split("=", 2))
                .collect(Collectors.toMap(part -> part[0],
                        part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8)));
    }
}
