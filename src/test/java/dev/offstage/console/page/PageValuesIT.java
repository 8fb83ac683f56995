package dev.offstage.console.page;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import org.junit.jupiter.api.Test;

import io.quarkus.qute.EngineBuilder;
import io.quarkus.qute.EvalContext;
import io.quarkus.qute.Results;
import io.quarkus.qute.ValueResolver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/**
 * A native image reads no property by reflection: what a page shows must be known to the build, by the page's own parameters, or by
 * {@code @TemplateData} where a tag reads it.
 */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PageValuesIT {

    /** Asked for what no generated code answers, just before Qute would look for a method of that name. */
    @Singleton
    static class Reflected implements ValueResolver {

        private final Set<String> properties = new ConcurrentSkipListSet<>();

        void join(@Observes EngineBuilder engine) {
            engine.addValueResolver(this);
        }

        @Override
        public int getPriority() {
            return 0;
        }

        @Override
        public boolean appliesTo(EvalContext context) {
            if (context.getBase() != null && context.getBase().getClass().getName().startsWith("dev.offstage.")) {
                properties.add(context.getBase().getClass().getName() + "." + context.getName());
            }
            return false;
        }

        @Override
        public CompletionStage<Object> resolve(EvalContext context) {
            return Results.notFound(context);
        }
    }

    @Inject
    Reflected reflected;

    @Test
    void noPageReadsAValueByReflection() throws Exception {
        UUID done = TestJobs.enqueue(Script.succeeds("leaves-result"));
        UUID dead = TestJobs.enqueue(Script.fails("permanent"));
        UUID due = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(600));
        TestJobs.await(done, JobState.COMPLETED);
        TestJobs.await(dead, JobState.DEAD);
        operator().post("/jobs/redrive?type=scripted&state=dead&q=" + dead).then().statusCode(202);
        TestJobs.await(dead, JobState.DEAD);
        operator().contentType("application/json")
                .body(Map.of("cron", "@daily", "type", "scripted", "payload", Map.of("failures", 0, "how", "passing")))
                .put("/schedules/page-values")
                .then()
                .statusCode(201);

        for (String page : List.of("", "/jobs", "/jobs?state=dead", "/jobs/" + done, "/jobs/" + dead, "/jobs/" + due,
                "/jobs/" + dead + "/records", "/dead-letters", "/limits", "/schedules", "/audit", "/log-in")) {
            operator().get("/console" + page).then().statusCode(200);
        }
        operator().accept("text/html").get("/console/jobs/" + UUID.randomUUID()).then().statusCode(404);

        assertThat(reflected.properties)
                .as("annotate these classes with @TemplateData, or name them in a parameter of the template")
                .isEmpty();
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
    }
}
