package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.Enqueued;
import dev.offstage.job.JobState;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class UniqueJobsIT {

    private static final Instant LATER = Instant.now().plusSeconds(3_600);

    private final String uniqueKey = UUID.randomUUID().toString();

    @Inject
    Jobs jobs;

    @Inject
    JobStore store;

    @Test
    void whileAJobWithAUniqueKeyIsOpenThereIsNoOther() {
        Enqueued first = jobs.enqueue(List.of(unique())).get(0);

        Enqueued second = jobs.enqueue(List.of(unique())).get(0);

        assertThat(first).isInstanceOf(Enqueued.New.class);
        assertThat(second).isEqualTo(new Enqueued.Open(first.id(), "scripted", JobState.SCHEDULED));
    }

    @Test
    void thatHoldsWithinATransactionToo() {
        Enqueued first = QuarkusTransaction.requiringNew().call(() -> jobs.enqueue(List.of(unique())).get(0));

        List<Enqueued> more = QuarkusTransaction.requiringNew().call(() -> jobs.enqueue(List.of(unique(), other())));

        assertThat(more.get(0).id()).isEqualTo(first.id());
        assertThat(more.get(1)).isInstanceOf(Enqueued.New.class);
        assertThat(TestJobs.find(more.get(1).id())).isNotNull();
    }

    @Test
    void whatIsRolledBackTakesNoUniqueKey() {
        QuarkusTransaction.begin();
        Enqueued first = jobs.enqueue(List.of(unique())).get(0);
        QuarkusTransaction.rollback();

        Enqueued second = jobs.enqueue(List.of(unique())).get(0);

        assertThat(TestJobs.find(first.id())).isNull();
        assertThat(second).isInstanceOf(Enqueued.New.class);
    }

    @Test
    void whoStoresJobsWithoutThatRuleIsToldThatItWouldBeLost() {
        assertThatIllegalArgumentException().isThrownBy(() -> store.prepare(List.of(unique())))
                .withMessageContaining("unique key");
    }

    private NewJob unique() {
        return new NewJob("scripted", Script.SUCCEEDS, "key", LATER, uniqueKey);
    }

    private static NewJob other() {
        return new NewJob("scripted", Script.SUCCEEDS, "key", LATER, null);
    }
}
