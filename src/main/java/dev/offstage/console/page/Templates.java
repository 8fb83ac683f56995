package dev.offstage.console.page;

import java.util.List;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateData;
import io.quarkus.qute.TemplateInstance;

import dev.offstage.console.page.JobsPage.JobLine;
import dev.offstage.http.Problem;
import dev.offstage.operation.AuditLog;
import dev.offstage.operation.BulkAction;

/**
 * The pages, in {@code src/main/resources/templates/console}. What the tags read is named here, for a tag does not say of which type its
 * parameters are, and a native image reads nothing by reflection.
 */
@TemplateData(target = BulkAction.class)
@TemplateData(target = Chart.class)
@TemplateData(target = Chart.Bar.class)
@TemplateData(target = JobLine.class)
@CheckedTemplate(basePath = "console")
final class Templates {

    private Templates() {
    }

    static native TemplateInstance overview(OverviewPage.Overview overview, List<BulkAction> operations);

    static native TemplateInstance jobs(JobsPage.Listing listing, List<JobLine> jobs, List<BulkAction> operations);

    static native TemplateInstance job(JobPage.JobDetails job);

    static native TemplateInstance records(RecordsView records);

    static native TemplateInstance deadLetters(DeadLettersPage.DeadLetters dead, List<BulkAction> operations);

    static native TemplateInstance limits(List<LimitsPage.LaneView> lanes, List<JobLine> scheduled);

    static native TemplateInstance schedules(SchedulesPage.Listing listing);

    static native TemplateInstance audit(List<AuditLog.Entry> entries, String next);

    static native TemplateInstance logIn(String refusal, String to);

    static native TemplateInstance problem(Problem problem);
}
