package dev.offstage.console.page;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.server.ServerResponseFilter;

import dev.offstage.http.Problem;

/** Answers errors with a page where a browser asks for a page of the console. */
class ProblemPages {

    @ServerResponseFilter
    void show(ContainerRequestContext request, ContainerResponseContext response) {
        if (response.getEntity() instanceof Problem problem && request.getUriInfo().getPath().startsWith("/console")
                && request.getHeaders().getFirst("Accept") != null
                && request.getHeaders().getFirst("Accept").contains(MediaType.TEXT_HTML)) {
            response.setEntity(Templates.problem(problem).render(), null, MediaType.TEXT_HTML_TYPE);
        }
    }
}
