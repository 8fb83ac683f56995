package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;

import java.util.Map;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;

import dev.offstage.testing.OffstageResource;

/** Guesses from many addresses. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(StrangersIT.BehindAProxy.class)
class StrangersIT {

    public static class BehindAProxy implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.proxy.proxy-address-forwarding", "true",
                    "quarkus.http.proxy.trusted-proxies", "127.0.0.1,::1",
                    "offstage.operator.log-ins-of-strangers", "20/h");
        }
    }

    @Test
    void strangersTogetherHaveALimitThatDoesNotKeepOutTheOperator() {
        String known = "192.0.2.17";
        basic(known, OffstageResource.PASSWORD).get("/stats").then().statusCode(200);
        String session = given().header("X-Forwarded-For", known)
                .redirects()
                .follow(false)
                .formParam("j_username", "operator")
                .formParam("j_password", OffstageResource.PASSWORD)
                .post("/j_security_check")
                .cookie("offstage-session");
        for (int i = 0; i < 20; i++) {
            basic("10.9." + i + ".1", "guess-" + i).get("/stats").then().statusCode(401);
        }

        basic("10.200.0.1", OffstageResource.PASSWORD).get("/stats")
                .then()
                .statusCode(429)
                .body("detail", containsString("addresses that never knew"));
        basic(known, OffstageResource.PASSWORD).get("/stats").then().statusCode(200);
        given().header("X-Forwarded-For", "10.200.0.2")
                .cookie("offstage-session", session)
                .get("/stats")
                .then()
                .statusCode(200);
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/stats")
                .then()
                .statusCode(200); // from the machine itself
    }

    private static RequestSpecification basic(String address, String password) {
        return given().header("X-Forwarded-For", address).auth().preemptive().basic("operator", password);
    }
}
