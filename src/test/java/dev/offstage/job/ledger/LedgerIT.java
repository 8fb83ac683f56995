package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class LedgerIT {

    private static final String PAYLOAD = "{\"failures\":0,\"how\":\"passing\",\"gate\":null}";

    @Inject
    Ledger ledger;

    @Inject
    AgroalDataSource dataSource;

    @Test
    void ofTwoAttemptsOfAJobThatArriveTogetherTheOneThatIsNextIsClaimed() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        makeSecondAttemptNext(job);

        // So many that several share a statement, whatever the timing.
        List<CompletionStage<Optional<Claim>>> claims = IntStream.range(0, 20)
                .mapToObj(i -> ledger.claim(delivery(job, i % 2 == 0 ? 1 : 2)))
                .toList();

        for (CompletionStage<Optional<Claim>> claim : claims) {
            claim.toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .ifPresent(held -> assertThat(held.delivery().attempt()).isEqualTo(2));
        }
        assertThat(TestJobs.find(job).attempt).isEqualTo(2);
        assertThat(TestJobs.find(job).state).isEqualTo(JobState.RUNNING);
        Claim held = claims.stream()
                .map(claim -> claim.toCompletableFuture().join())
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
        assertThat(ledger.settle(new Settlement.Completed(held, Instant.now(), AttemptOutput.NOTHING))
                .toCompletableFuture()
                .get()).isTrue();
    }

    @Test
    void whatIsDoneIsDoneEvenIfItsClaimIsForgotten() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        makeSecondAttemptNext(job);
        Claim claim = ledger.claim(delivery(job, 2)).toCompletableFuture().get(10, TimeUnit.SECONDS).orElseThrow();
        forgetTheClaim(job);

        assertThat(ledger.settle(new Settlement.Completed(claim, Instant.now(), AttemptOutput.NOTHING))
                .toCompletableFuture()
                .get()).isTrue();
        assertThat(TestJobs.find(job).state).isEqualTo(JobState.COMPLETED);
        assertThat(ledger.claim(delivery(job, 2)).toCompletableFuture().get(10, TimeUnit.SECONDS)).isEmpty();
    }

    private static Delivery delivery(UUID job, int attempt) {
        return new Delivery(job, "scripted", "key", PAYLOAD, attempt, Instant.now(), null, null, null);
    }

    private void makeSecondAttemptNext(UUID job) throws Exception {
        update("update job set state = 'retrying', attempt = 2, due_at = null where id = ?", job);
    }

    /** What a crash of PostgreSQL may do to a claim, which does not wait for the disk. */
    private void forgetTheClaim(UUID job) throws Exception {
        update("update job set state = 'retrying', worker = null where id = ?", job);
    }

    private void update(String sql, UUID job) throws Exception {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(sql)) {
            update.setObject(1, job);
            update.executeUpdate();
        }
    }
}
