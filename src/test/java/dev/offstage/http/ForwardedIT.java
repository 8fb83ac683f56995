package dev.offstage.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;

import org.junit.jupiter.api.Test;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestSettings;

/** Behind a proxy that writes the header {@code Forwarded} (RFC 7239): the other header is the caller's. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(ForwardedIT.BehindAProxy.class)
class ForwardedIT {

    public static class BehindAProxy implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.proxy.proxy-address-forwarding", "true",
                    "quarkus.http.proxy.allow-forwarded", "true",
                    "quarkus.http.proxy.trusted-proxies", "127.0.0.1,::1",
                    "offstage.operator.log-ins-per-address", "3/m");
        }
    }

    @Test
    void theOtherHeaderDoesNotCount() {
        for (int i = 0; i < 3; i++) {
            guess("for=198.51.100.7", "10.9.8." + i).then().statusCode(401);
        }
        guess("for=198.51.100.7", "10.9.8.77").then().statusCode(429);
        guess("for=198.51.100.8", "10.9.8.0").then().statusCode(401);
    }

    @Test
    void ofTheHeaderTheLastAddressCountsHoweverItIsWritten() {
        guess("for=7.7.7.1, For=\"[2001:db8:cafe::17]:4711\";proto=https", null).then().statusCode(401);
        guess("for=7.7.7.2;by=1.1.1.1, proto=https; FOR=\"[2001:db8:cafe::18]\"", null).then().statusCode(401);
        guess("for=127.0.0.1, for=\"[2001:db8:cafe::19]\"", null).then().statusCode(401);
        guess("for=\"7.7.7.3,for=[2001:db8:cafe::20]", null).then().statusCode(429);
    }

    @Test
    void aServiceThatTakesBothHeadersDoesNotStart() {
        assertThatThrownBy(() -> new CallerAddress(TestSettings.read(Map.of()), true, true, true))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Set only the one to true");
    }

    private static Response guess(String forwarded, String usual) {
        var request = given().header("Forwarded", forwarded);
        if (usual != null) {
            request.header("X-Forwarded-For", usual);
        }
        return request.auth().preemptive().basic("operator", "guess").get("/stats");
    }
}
