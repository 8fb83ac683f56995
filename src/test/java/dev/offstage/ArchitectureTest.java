package dev.offstage;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import java.sql.Connection;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. A package that is not listed here fails the first rule: add it, with what it may know. */
@AnalyzeClasses(packages = "dev.offstage", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] PRODUCT = {"dev.offstage.signup..", "dev.offstage.user..", "dev.offstage.picture..",
            "dev.offstage.task.."};

    @ArchTest
    static final ArchRule DEPENDENCIES_RUN_ONE_WAY = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .ensureAllClassesAreContainedInArchitecture()
            .withOptionalLayers(true)
            // What everything stands on.
            .layer("config")
            .definedBy("dev.offstage.config..")
            .whereLayer("config")
            .mayNotAccessAnyLayer()
            .layer("background")
            .definedBy("dev.offstage.background..")
            .whereLayer("background")
            .mayNotAccessAnyLayer()
            .layer("storage")
            .definedBy("dev.offstage.storage..")
            .whereLayer("storage")
            .mayOnlyAccessLayers("background")
            .layer("http")
            .definedBy("dev.offstage.http..")
            .whereLayer("http")
            .mayOnlyAccessLayers("config", "storage", "background")
            .layer("access")
            .definedBy("dev.offstage.access..")
            .whereLayer("access")
            .mayOnlyAccessLayers("http", "config", "storage", "background")
            // The engine.
            .layer("job")
            .definedBy("dev.offstage.job")
            .whereLayer("job")
            .mayOnlyAccessLayers("config", "storage")
            .layer("ledger")
            .definedBy("dev.offstage.job.ledger..")
            .whereLayer("ledger")
            .mayOnlyAccessLayers("job", "config", "storage", "background")
            .layer("watch")
            .definedBy("dev.offstage.job.watch..")
            .whereLayer("watch")
            .mayOnlyAccessLayers("ledger", "job", "config", "storage", "background")
            .layer("queue")
            .definedBy("dev.offstage.queue")
            .whereLayer("queue")
            .mayOnlyAccessLayers("ledger", "job", "config", "storage", "background")
            .layer("relay")
            .definedBy("dev.offstage.queue.relay..")
            .whereLayer("relay")
            .mayOnlyAccessLayers("queue", "ledger", "job", "config", "storage", "background")
            .layer("ladder")
            .definedBy("dev.offstage.queue.ladder..")
            .whereLayer("ladder")
            .mayOnlyAccessLayers("queue", "config", "storage", "background")
            .layer("lane")
            .definedBy("dev.offstage.queue.lane..")
            .whereLayer("lane")
            .mayOnlyAccessLayers("relay", "queue", "ledger", "job", "config", "storage", "background")
            .layer("outbound")
            .definedBy("dev.offstage.outbound..")
            .whereLayer("outbound")
            .mayOnlyAccessLayers("job", "config")
            .layer("schedule")
            .definedBy("dev.offstage.schedule..")
            .whereLayer("schedule")
            .mayOnlyAccessLayers("ledger", "job", "config", "storage", "background")
            .layer("operation")
            .definedBy("dev.offstage.operation..")
            .whereLayer("operation")
            .mayOnlyAccessLayers("schedule", "watch", "ledger", "job", "config", "storage", "background")
            .layer("console")
            .definedBy("dev.offstage.console..")
            .whereLayer("console")
            .mayOnlyAccessLayers("operation", "schedule", "queue", "watch", "ledger", "job", "access", "http", "config",
                    "storage", "background")
            // What Offstage does out of the box.
            .layer("user")
            .definedBy("dev.offstage.user..")
            .whereLayer("user")
            .mayOnlyAccessLayers("storage")
            .layer("picture formats")
            .definedBy("dev.offstage.picture.format..")
            .whereLayer("picture formats")
            .mayNotAccessAnyLayer()
            .layer("picture")
            .definedBy("dev.offstage.picture")
            .whereLayer("picture")
            .mayOnlyAccessLayers("picture formats", "http", "config", "storage", "background")
            .layer("squares")
            .definedBy("dev.offstage.picture.square..")
            .whereLayer("squares")
            .mayOnlyAccessLayers("picture formats", "job")
            .layer("task")
            .definedBy("dev.offstage.task..")
            .whereLayer("task")
            .mayOnlyAccessLayers("operation", "watch", "ledger", "job", "user", "picture", "picture formats", "squares",
                    "outbound", "http", "config", "storage", "background")
            .layer("signup")
            .definedBy("dev.offstage.signup..")
            .whereLayer("signup")
            .mayOnlyAccessLayers("task", "console", "ledger", "job", "user", "picture", "picture formats", "config",
                    "http", "storage", "background")
            // Local servers for a first try.
            .layer("embedded")
            .definedBy("dev.offstage.embedded..")
            .whereLayer("embedded")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule THE_ENGINE_DOES_NOT_KNOW_THE_PRODUCT = noClasses().that()
            .resideOutsideOfPackages(PRODUCT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PRODUCT);

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

    /** Others use {@link dev.offstage.storage.Transaction}, or JTA. */
    @ArchTest
    static final ArchRule ONLY_STORAGE_BEGINS_AND_ENDS_TRANSACTIONS_OF_A_CONNECTION = noClasses()
            .that()
            .resideOutsideOfPackage("dev.offstage.storage..")
            .should()
            .callMethodWhere(targetOwner(assignableTo(Connection.class)).and(
                    target(nameMatching("setAutoCommit|commit|rollback|setTransactionIsolation|setReadOnly"))));
}
