package dev.offstage.task.webhook;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;

import dev.offstage.testing.OffstageResource;

/** Web hooks that an operator makes and deletes. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class WebhooksResourceIT {

    private static final String URL = "http://127.0.0.1:1/hooks";
    private static final String OWNER = "owner@example.com";

    @Test
    void aSecretIsShownOnce() {
        JsonPath webhook = post("/webhooks",
                Map.of("url", URL, "events", List.of("job.dead"), "owner", OWNER))
                .statusCode(201)
                .header("Location", containsString("/webhooks/"))
                .body("secret", containsString("whsec_"))
                .extract()
                .jsonPath();
        String id = webhook.getString("id");

        get("/webhooks/" + id).statusCode(200)
                .body("url", equalTo(URL))
                .body("events", equalTo(List.of("job.dead")))
                .body("owner", equalTo(OWNER))
                .body("$", not(hasKey("secret")));
        get("/webhooks").statusCode(200)
                .body("id", hasItem(id))
                .body(not(containsString("whsec_")));
        get("/operations").body("target", hasItem(containsString(id)));
        operator().delete("/webhooks/" + id).then().statusCode(204);
        operator().delete("/webhooks/" + id).then().statusCode(404);
        get("/webhooks/" + id).statusCode(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"events":["job.dead"]}                                              | url    | https://example.com
            {"url":"ftp://example.com","events":["job.dead"]}                    | url    | https://
            {"url":"https://no-such-host.invalid","events":["job.dead"]}         | url    | no-such-host.invalid
            {"url":"http://127.0.0.1:1"}                                         | events | user.signed-up, job.dead
            {"url":"http://127.0.0.1:1","events":[]}                             | events | user.signed-up, job.dead
            {"url":"http://127.0.0.1:1","events":["job.completed"]}              | events | no event job.completed
            {"url":"http://127.0.0.1:1","events":[null]}                         | events | user.signed-up, job.dead
            {"url":"http://127.0.0.1:1","events":["job.dead"],"owner":"nobody"}  | owner  | ada@example.com
            null                                                                 | url    | events
            """)
    void whatIsNotValidIsNamed(String body, String field, String advice) {
        operator().contentType(ContentType.JSON)
                .body(body)
                .post("/webhooks")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations.field", equalTo(List.of(field)))
                .body("violations[0].message", containsString(advice));
    }

    @Test
    void whoeverIsNoOperatorIsRefused() {
        given().get("/webhooks").then().statusCode(401);
        given().contentType(ContentType.JSON)
                .body(Map.of("url", URL, "events", List.of("job.dead")))
                .post("/webhooks")
                .then()
                .statusCode(401);
    }

    private static ValidatableResponse post(String path, Object body) {
        return operator().contentType(ContentType.JSON).body(body).post(path).then();
    }

    private static ValidatableResponse get(String path) {
        return operator().get(path).then();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
