package dev.offstage.queue;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;

import java.time.Duration;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

/** A type may have a ladder of its own: the tests' settings give avatar-resize one. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class OwnLadderIT {

    @Inject
    Topics topics;

    @Test
    void aTypeHasRetryTopicsForItsOwnLadderOnly() {
        assertThat(topics.topicsOf("avatar-resize")).containsExactlyInAnyOrder("avatar-resize", "avatar-resize.dlq",
                "avatar-resize.retry-150ms", "avatar-resize.retry-300ms");
        assertThat(topics.retryTopics()).containsEntry("avatar-resize.retry-150ms", Duration.ofMillis(150))
                .containsKey("scripted.retry-800ms")
                .doesNotContainKey("avatar-resize.retry-800ms");
        given().auth()
                .preemptive()
                .basic("operator", OffstageResource.PASSWORD)
                .get("/types")
                .then()
                .body("find { it.type == 'avatar-resize' }.retryDelays", contains(0.15f, 0.3f));
    }
}
