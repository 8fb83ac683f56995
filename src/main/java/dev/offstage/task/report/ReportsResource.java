package dev.offstage.task.report;

import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

import org.jboss.resteasy.reactive.RestPath;

import io.vertx.ext.web.RoutingContext;

import dev.offstage.http.Downloads;

/** The reports that jobs of the type report have made. */
@Path("/reports/{id}.pdf")
public class ReportsResource {

    private static final String PDF = "application/pdf";

    private final StoredReports reports;
    private final Downloads downloads;

    ReportsResource(StoredReports reports, Downloads downloads) {
        this.reports = reports;
        this.downloads = downloads;
    }

    /** A report in PDF, sent as it is read. */
    @GET
    public Response get(@RestPath UUID id, @Context Request request, @Context RoutingContext caller) {
        Report report = reports.find(id)
                .orElseThrow(() -> new NotFoundException("There is no report " + id
                        + ". If a job of the type report is at it, try again when that is completed."));
        EntityTag tag = new EntityTag(report.etag());
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        Response.ResponseBuilder answer = unchanged != null ? unchanged : pdf(report, caller);
        return answer.tag(tag)
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                .header("X-Content-Type-Options", "nosniff")
                .build();
    }

    private Response.ResponseBuilder pdf(Report report, RoutingContext caller) {
        StreamingOutput content = downloads.paced(caller, out -> reports.write(report, out));
        return Response.ok(content, PDF)
                .header(HttpHeaders.CONTENT_LENGTH, report.bytes())
                .header(HttpHeaders.CONTENT_DISPOSITION, "inline; filename=\"sign-ups-%s-%s.pdf\""
                        .formatted(report.period().from(), report.period().to()));
    }
}
