package dev.offstage.http;

import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.Path;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;

import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;

/** Answers every error with {@code application/problem+json}. */
class ProblemMappers {

    private static final Set<String> UNREACHABLE = Set.of("08", "53", "55", "57");
    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
    private static final String RETRY_AFTER_SECONDS = "2";

    private final Dependency postgresql;

    ProblemMappers(Dependencies dependencies) {
        this.postgresql = dependencies.postgresql();
    }

    @ServerExceptionMapper
    Response invalid(ConstraintViolationException e) {
        return Problem.invalid(e.getConstraintViolations()
                .stream()
                .map(violation -> new Problem.Violation(field(violation), violation.getMessage()))
                .sorted(Comparator.comparing(Problem.Violation::field))
                .toList()).response();
    }

    private static String field(ConstraintViolation<?> violation) {
        String name = "";
        for (Path.Node node : violation.getPropertyPath()) {
            name = node.getName();
        }
        return name;
    }

    @ServerExceptionMapper
    Response webApplication(WebApplicationException e) {
        Response answer = e.getResponse();
        if (answer.hasEntity() || answer.getStatus() < 400) {
            return answer;
        }
        if (e.getCause() instanceof JacksonException malformed) {
            return malformed(malformed);
        }
        Response problem = Problem.of(answer.getStatus(), e.getMessage()).response();
        Response.ResponseBuilder builder = Response.fromResponse(problem);
        answer.getHeaders().forEach((name, values) -> {
            if (!HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name)
                    && !HttpHeaders.CONTENT_LENGTH.equalsIgnoreCase(name)) {
                values.forEach(value -> builder.header(name, value));
            }
        });
        return builder.build();
    }

    /** Quarkus has a mapper of its own for these, which answers without a body. */
    @ServerExceptionMapper
    Response mismatched(MismatchedInputException e) {
        if (e.getPath().isEmpty()) {
            return Problem.of(400, "The body is not the JSON object that is expected here.").response();
        }
        String field = e.getPath().get(e.getPath().size() - 1).getFieldName();
        return Problem.invalid(List.of(new Problem.Violation(field, "This field has the wrong type."))).response();
    }

    @ServerExceptionMapper
    Response malformed(JacksonException e) {
        if (e instanceof MismatchedInputException mismatch) {
            return mismatched(mismatch);
        }
        return Problem.of(400, "The body is not valid JSON: " + e.getOriginalMessage()).response();
    }

    @ServerExceptionMapper
    Response other(Exception e) {
        if (isPostgresqlGone(e)) {
            postgresql.failed(e);
            return Response.fromResponse(
                    Problem.of(503, "The database cannot be reached just now: try again in a moment.").response())
                    .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                    .build();
        }
        LOG.error("A request failed", e);
        return Problem.of(500, "Something went wrong on our side; the log tells more.").response();
    }

    /** Classes 08, 53, 55 and 57 of SQLSTATE, and no state at all when the pool gets no connection in time. */
    private static boolean isPostgresqlGone(Throwable e) {
        if (e == null) {
            return false;
        }
        if (e instanceof SQLException sql) {
            String state = sql.getSQLState();
            return state == null || state.length() == 5 && UNREACHABLE.contains(state.substring(0, 2));
        }
        // The transaction manager hides what kept it from committing among the suppressed.
        return isPostgresqlGone(e.getCause())
                || Stream.of(e.getSuppressed()).anyMatch(ProblemMappers::isPostgresqlGone);
    }
}
