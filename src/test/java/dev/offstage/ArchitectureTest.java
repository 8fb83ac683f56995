package dev.offstage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. */
@AnalyzeClasses(packages = "dev.offstage", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule DEPENDENCIES_RUN_ONE_WAY = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("config")
            .definedBy("dev.offstage.config..")
            .layer("health")
            .definedBy("dev.offstage.health..")
            .layer("http")
            .definedBy("dev.offstage.http..")
            .layer("access")
            .definedBy("dev.offstage.access..")
            .layer("storage")
            .definedBy("dev.offstage.storage..")
            .layer("user")
            .definedBy("dev.offstage.user..")
            .layer("original")
            .definedBy("dev.offstage.original..")
            .layer("job")
            .definedBy("dev.offstage.job..")
            .layer("queue")
            .definedBy("dev.offstage.queue..")
            .layer("outbound")
            .definedBy("dev.offstage.outbound..")
            .layer("webhook")
            .definedBy("dev.offstage.webhook..")
            .layer("notification")
            .definedBy("dev.offstage.notification..")
            .layer("report")
            .definedBy("dev.offstage.report..")
            .layer("statistics")
            .definedBy("dev.offstage.statistics..")
            .layer("task")
            .definedBy("dev.offstage.task..")
            .layer("signup")
            .definedBy("dev.offstage.signup..")
            .layer("schedule")
            .definedBy("dev.offstage.schedule..")
            .layer("operation")
            .definedBy("dev.offstage.operation..")
            .layer("console")
            .definedBy("dev.offstage.console..")
            .layer("embedded")
            .definedBy("dev.offstage.embedded..")
            .whereLayer("config")
            .mayNotAccessAnyLayer()
            .whereLayer("health")
            .mayNotAccessAnyLayer()
            .whereLayer("http")
            .mayOnlyAccessLayers("config", "health")
            .whereLayer("access")
            .mayOnlyAccessLayers("http", "config", "health", "storage")
            .whereLayer("storage")
            .mayOnlyAccessLayers("health")
            .whereLayer("user")
            .mayOnlyAccessLayers("storage")
            .whereLayer("original")
            .mayOnlyAccessLayers("user", "config", "health", "storage")
            .whereLayer("embedded")
            .mayNotAccessAnyLayer()
            .whereLayer("job")
            .mayOnlyAccessLayers("config", "health", "storage")
            .whereLayer("queue")
            .mayOnlyAccessLayers("job", "config", "health", "storage")
            .whereLayer("outbound")
            .mayOnlyAccessLayers("job", "config")
            .whereLayer("webhook")
            .mayOnlyAccessLayers("job", "outbound", "config", "health", "storage")
            .whereLayer("notification")
            .mayOnlyAccessLayers("job", "outbound", "config", "health", "storage")
            .whereLayer("report")
            .mayOnlyAccessLayers("job", "user", "config", "health", "storage")
            .whereLayer("statistics")
            .mayOnlyAccessLayers("job", "user", "config", "health", "storage")
            .whereLayer("task")
            .mayOnlyAccessLayers("job", "user", "original", "outbound", "webhook", "notification", "report",
                    "statistics", "config",
                    "health", "storage")
            .whereLayer("signup")
            .mayOnlyAccessLayers("job", "user", "original", "webhook", "config", "http", "health", "storage")
            .whereLayer("schedule")
            .mayOnlyAccessLayers("job", "config", "health", "storage")
            .whereLayer("operation")
            .mayOnlyAccessLayers("schedule", "job", "user", "outbound", "webhook", "notification", "config", "health",
                    "storage")
            .whereLayer("console")
            .mayOnlyAccessLayers("operation", "schedule", "outbound", "webhook", "notification", "report", "statistics",
                    "job", "queue", "user", "access", "config", "http", "health", "storage");

    @ArchTest
    static final ArchRule TASKS_DO_NOT_KNOW_EACH_OTHER = slices().matching("dev.offstage.task.(*)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule ONLY_THE_QUEUE_KNOWS_KAFKA = noClasses()
            .that()
            .resideOutsideOfPackages("dev.offstage.queue..", "dev.offstage.embedded..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.smallrye.reactive.messaging..");
}
