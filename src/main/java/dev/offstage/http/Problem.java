package dev.offstage.http;

import java.nio.charset.StandardCharsets;
import java.util.List;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * An error as RFC 9457 describes it.
 *
 * @param title the same for every problem of this kind
 * @param status the HTTP status
 * @param detail what went wrong this time, and what to do about it
 * @param violations the invalid fields; null if none are named
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@RegisterForReflection // no resource says that it answers with it
public record Problem(String title, int status, String detail, List<Violation> violations) {

    public static final MediaType TYPE = new MediaType("application", "problem+json");

    /** A field and what is wrong with it. */
    @RegisterForReflection
    public record Violation(String field, String message) {}

    public static Problem of(int status, String detail) {
        Response.Status known = Response.Status.fromStatusCode(status);
        return new Problem(known == null ? "Error" : known.getReasonPhrase(), status, detail, null);
    }

    public static Problem invalid(List<Violation> violations) {
        return new Problem("Bad Request", 400, "Some fields are not valid: correct them and send the request again.",
                violations);
    }

    /** For errors that are met before JAX-RS looks at a request. */
    public void end(HttpServerResponse response) {
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, TYPE.toString())
                .end(json());
    }

    /** For errors that are met before there is an answer that could be ended. */
    byte[] bytes() {
        return json().getBytes(StandardCharsets.UTF_8);
    }

    private String json() {
        return JsonObject.of("title", title, "status", status, "detail", detail).encode();
    }

    public Response response() {
        return Response.status(status).type(TYPE).entity(this).build();
    }
}
