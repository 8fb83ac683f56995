package dev.offstage.http;

import java.nio.file.Path;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.server.ServerRequestFilter;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;

/** Looks at what a request says about its body before anything is read by it. */
class RequestBodies {

    private static final String MULTIPART = "multipart";
    private static final String BOUNDARY = "boundary";

    /** Null if the request may go on. */
    @ServerRequestFilter(preMatching = true)
    Response check(ContainerRequestContext request, RoutingContext routing) {
        String contentType = request.getHeaderString(HttpHeaders.CONTENT_TYPE);
        if (contentType != null) {
            Problem problem = problemOf(contentType);
            if (problem != null) {
                return problem.response();
            }
        }
        Path form = LargeBodies.formOf(routing);
        Buffer body = routing.body().buffer();
        if (form != null) {
            request.setEntityStream(new FormFile(form));
        } else if (body != null) { // else a method that does not block would get it twice, the second time as zeros
            request.setEntityStream(new BodyInput(body));
        }
        return null;
    }

    private static Problem problemOf(String contentType) {
        MediaType type;
        try {
            type = MediaType.valueOf(contentType);
        } catch (IllegalArgumentException e) {
            return Problem.of(415, "The header Content-Type is not a media type: send one such as application/json.");
        }
        if (type.getType().equalsIgnoreCase(MULTIPART) && type.getParameters().getOrDefault(BOUNDARY, "").isEmpty()) {
            return Problem.of(400, "The header Content-Type names no boundary: leave it to your HTTP client, which"
                    + " sets multipart/form-data and a boundary by itself.");
        }
        return null;
    }
}
