package dev.offstage.console.page;

import java.util.List;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestQuery;

import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.Blocking;

import dev.offstage.console.JobQuery;
import dev.offstage.operation.AuditLog;

/** Who did what. */
@Path("/console/audit")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class AuditPage {

    private static final int LIMIT = 50;

    private final AuditLog audit;

    AuditPage(AuditLog audit) {
        this.audit = audit;
    }

    @GET
    public TemplateInstance list(@RestQuery String after) {
        List<AuditLog.Entry> entries = audit.read(JobQuery.after(after), LIMIT);
        return Templates.audit(entries, entries.size() < LIMIT ? null : entries.get(LIMIT - 1).id().toString());
    }
}
