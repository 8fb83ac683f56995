package dev.offstage.console;

import java.util.List;
import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

import dev.offstage.operation.AuditLog;
import dev.offstage.operation.BulkAction;
import dev.offstage.operation.BulkActions;

/** What operators have done, and how far what they are doing is. */
@Path("/operations")
@Produces(MediaType.APPLICATION_JSON)
public class OperationsResource {

    private static final int LIMIT = 100;

    private final AuditLog audit;
    private final BulkActions bulk;

    OperationsResource(AuditLog audit, BulkActions bulk) {
        this.audit = audit;
        this.bulk = bulk;
    }

    /** Who did what, when, and to how many jobs; newest first, a hundred at a time. */
    @GET
    public List<AuditLog.Entry> list(@RestQuery String after) {
        return audit.read(JobQuery.after(after), LIMIT);
    }

    /** How far an action on many jobs is. */
    @GET
    @Path("/{id}")
    public BulkAction get(@RestPath UUID id) {
        return bulk.find(id).orElseThrow(() -> new NotFoundException("There is no operation " + id + " on many jobs."));
    }
}
