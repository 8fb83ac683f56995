package dev.offstage.console.page;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.RestQuery;

import io.quarkus.oidc.OidcSession;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.access.LogIns;

/** Where an operator tells the password, and ends the session. */
@Path("/console")
public class LogInPage {

    private static final int SEE_OTHER = 303;

    private final LogIns logIns;
    private final OidcSession session;
    private final boolean provider;

    LogInPage(LogIns logIns, OidcSession session,
            @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean provider) {
        this.logIns = logIns;
        this.session = session;
        this.provider = provider;
    }

    /**
     * @param refused sent when the last try was refused
     * @param wait sent when there were too many: for how many seconds
     * @param to the page that was asked for
     */
    @GET
    @Path("/log-in")
    @Produces(MediaType.TEXT_HTML)
    public TemplateInstance logIn(@RestQuery String refused, @RestQuery Integer wait, @RestQuery String to) {
        if (wait != null) {
            return Templates.logIn("Too many tries: try again in " + wait + " s.", LogInForm.page(to));
        }
        return Templates.logIn(refused == null ? null : "The name or the password is wrong: try again.",
                LogInForm.page(to));
    }

    /**
     * Ends the session; that at an OpenID Connect provider goes on.
     *
     * @param everywhere sent to end those in other browsers, too
     */
    @POST
    @Path("/log-out")
    public Uni<Response> logOut(@RestForm String everywhere, @Context RoutingContext request) {
        if (provider) {
            return session.logout().replaceWith(() -> LogInForm.toPath(SEE_OTHER, "/"));
        }
        return logIns.logOut(everywhere != null, request)
                .replaceWith(() -> LogInForm.toPath(SEE_OTHER, LogInForm.LOG_IN));
    }
}
