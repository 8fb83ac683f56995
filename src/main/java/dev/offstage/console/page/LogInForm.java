package dev.offstage.console.page;

import java.util.regex.Pattern;

import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.RestForm;

import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.access.LogIns;
import dev.offstage.http.Problem;
import dev.offstage.http.TryLater;

/** Takes the log-in page's form; its address and fields are those of Jakarta Servlet's forms. */
@Path("/j_security_check")
public class LogInForm {

    static final String LOG_IN = "/console/log-in";

    /** A page of the console, and nothing that a browser could take for another site. */
    private static final Pattern PAGE = Pattern.compile("/console(?:[/?][A-Za-z0-9/?&=%.~_+-]*)?");
    private static final String HOME = "/console";
    private static final int FOUND = 302;
    private static final int SEE_OTHER = 303;

    private final LogIns logIns;

    LogInForm(LogIns logIns) {
        this.logIns = logIns;
    }

    /** @param to the page that was asked for */
    @POST
    @Blocking
    public Response check(@RestForm("j_username") String name, @RestForm("j_password") String password,
            @RestForm String to, @HeaderParam(HttpHeaders.ACCEPT) String accepted, @Context RoutingContext request) {
        boolean person = accepted != null && accepted.contains(MediaType.TEXT_HTML);
        try {
            if (logIns.logIn(name, password, request)) {
                return toPath(FOUND, page(to));
            }
        } catch (TryLater e) {
            return person && e.isTooMany() ? toPath(SEE_OTHER, LOG_IN + "?wait=" + e.seconds()) : e.response();
        }
        return person
                ? toPath(SEE_OTHER, LOG_IN + "?refused=1")
                : Problem.of(401, "The name or the password is wrong: send the form fields j_username and j_password.")
                        .response();
    }

    /** Where a log-in leads to. */
    static String page(String to) {
        return to != null && PAGE.matcher(to).matches() ? to : HOME;
    }

    /** JAX-RS would make an address of it, with the host that the caller named. */
    static Response toPath(int status, String path) {
        return Response.status(status).header(HttpHeaders.LOCATION, path).build();
    }
}
