package dev.offstage.http;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

import io.vertx.core.http.HttpClosedException;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;

import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.PostgresqlGone;

/** Answers every error with {@code application/problem+json}. */
class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);
    private static final String RETRY_AFTER_SECONDS = "2";
    /** The messages by which exceptions of Quarkus are recognised, since they have no type of their own. */
    private static final Set<String> GONE = Set.of("Read timed out", "Connection has been closed");

    private static final String NO_SUCH_METHOD = "Unable to find matching target resource method";

    /** The answer to a caller that has gone. It is never read, but one has to be given. */
    private static final Problem CALLER_GONE = Problem.of(400, "The connection was closed.");

    private final Dependency postgresql;

    ProblemMappers(Dependencies dependencies) {
        this.postgresql = dependencies.postgresql();
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
        Response problem = Problem.of(answer.getStatus(), detail(answer.getStatus(), e)).response();
        Response.ResponseBuilder builder = Response.fromResponse(problem);
        answer.getHeaders().forEach((name, values) -> {
            if (!HttpHeaders.CONTENT_TYPE.equalsIgnoreCase(name)
                    && !HttpHeaders.CONTENT_LENGTH.equalsIgnoreCase(name)) {
                values.forEach(value -> builder.header(name, value));
            }
        });
        return builder.build();
    }

    /** The message of the exception, or a more helpful sentence where it is one of JAX-RS' own. */
    private static String detail(int status, WebApplicationException e) {
        if (e instanceof NotSupportedException) {
            return "A body of this Content-Type is not taken here: most calls take application/json, and /q/openapi"
                    + " on the management port (9000) lists what each takes.";
        }
        if (!e.getMessage().startsWith("HTTP " + status) && !e.getMessage().equals(NO_SUCH_METHOD)) {
            return e.getMessage();
        }
        return switch (status) {
            case 404 ->
                "There is nothing at this address: /q/openapi on the management port (9000) lists what there is.";
            case 405 ->
                "This method is not possible at this address: /q/openapi on the management port (9000) lists those that are.";
            case 406 -> "The answer cannot be had in a format that the header Accept names: ask for application/json.";
            case 413 -> "A field of the form is larger than 64 KiB: shorten it, or send it as a file.";
            default -> e.getMessage();
        };
    }

    /** Quarkus has a mapper of its own for these, which answers without a body. */
    @ServerExceptionMapper
    Response mismatched(MismatchedInputException e) {
        if (e.getPath().isEmpty()) {
            return Problem.of(400,
                    "The body is not the JSON object that is expected here: send a single one and nothing after it.")
                    .response();
        }
        String field = e.getPath()
                .stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
        return Problem.invalid(List.of(new Problem.Violation(field, reason(e)))).response();
    }

    private static String reason(MismatchedInputException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "There is no such field; there are "
                    + unknown.getKnownPropertyIds()
                            .stream()
                            .map(Object::toString)
                            .sorted()
                            .collect(Collectors.joining(", "))
                    + ".";
        }
        return e.getTargetType() == String.class
                ? "Send text here, in quotation marks."
                : "This field has the wrong type: /q/openapi on the management port (9000) says which it has.";
    }

    @ServerExceptionMapper
    Response malformed(JacksonException e) {
        if (e instanceof MismatchedInputException mismatch) {
            return mismatched(mismatch);
        }
        if (e.getCause() instanceof InputCoercionException tooLarge) {
            return Problem
                    .of(400, "A number in the body is too large, or no whole one: " + tooLarge.getOriginalMessage())
                    .response();
        }
        if (e.getCause() instanceof JacksonException cause) { // Jackson adds where it was
            return malformed(cause);
        }
        if (e instanceof JsonEOFException) {
            return Problem.of(400, "The JSON breaks off before its end: send all of it.").response();
        }
        return Problem.of(400, "The body is not valid JSON: " + e.getOriginalMessage()).response();
    }

    @ServerExceptionMapper
    Response other(Exception e, ServerRequestContext request) {
        if (isCallerGone(e)) {
            LOG.debug("A caller went away before its request was read, or its answer", e);
            return CALLER_GONE.response();
        }
        if (UnreadableForm.isCauseOf(e, (ResteasyReactiveRequestContext) request)) {
            return UnreadableForm.PROBLEM.response();
        }
        if (PostgresqlGone.isStatementTimeout(e)) {
            LOG.debug("A statement took too long", e);
            return later("The database took too long over this: try again in a moment, or ask for less at a time.");
        }
        if (PostgresqlGone.isCauseOf(e)) {
            if (!PostgresqlGone.isConflict(e)) {
                postgresql.failed(e);
            }
            return later("The database cannot be reached just now: try again in a moment.");
        }
        LOG.error("A request failed", e);
        return Problem.of(500, "Something went wrong on our side; the log tells more.").response();
    }

    private static Response later(String detail) {
        return Response.fromResponse(Problem.of(503, detail).response())
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .build();
    }

    /**
     * A caller that is too slow is disconnected, which is much the same. What goes wrong with PostgreSQL's
     * connections comes wrapped in exceptions that are none of input or output.
     */
    private static boolean isCallerGone(Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return e instanceof IOException && (root instanceof HttpClosedException || root instanceof SocketException
                || root instanceof ClosedChannelException || GONE.contains(String.valueOf(root.getMessage())));
    }
}
