package dev.offstage.console.page;

import java.net.URI;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.RestQuery;

import io.quarkus.oidc.OidcSession;
import io.quarkus.qute.TemplateInstance;
import io.quarkus.vertx.http.runtime.security.FormAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

/** Where an operator tells the password, and ends the session. */
@Path("/console")
@Produces(MediaType.TEXT_HTML)
public class LogInPage {

    private final OidcSession session;
    private final boolean provider;

    LogInPage(OidcSession session, @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean provider) {
        this.session = session;
        this.provider = provider;
    }

    /**
     * @param refused sent when the last try was refused
     * @param wait sent when there were too many: for how many seconds
     */
    @GET
    @Path("/log-in")
    public TemplateInstance logIn(@RestQuery String refused, @RestQuery Integer wait) {
        if (wait != null) {
            return Templates.logIn("Too many tries from your address: try again in " + wait + " s.");
        }
        return Templates.logIn(refused == null ? null : "The name or the password is wrong: try again.");
    }

    /** Ends the session here; that at an OpenID Connect provider goes on. */
    @POST
    @Path("/log-out")
    public Uni<Response> logOut(@Context RoutingContext request) {
        Response away = Response.seeOther(URI.create(provider ? "/" : "/console/log-in")).build();
        if (provider) {
            return session.logout().replaceWith(away);
        }
        FormAuthenticationMechanism.logout(request);
        return Uni.createFrom().item(away);
    }
}
