package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.Jobs;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;

/**
 * Lets the jobs go that waited for a batch. Looks a few times a second, so that settlements need not know of batches; but for deaths,
 * which {@link Settlements} marks, for a job that is dead may be sent back before anybody looks.
 */
@Singleton
class HeldJobs {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    /** Of each batch, so that a look costs the same however large it is. Jobs end more or less in their order. One that was removed has ended. */
    private static final int MEMBERS = 1_000;
    private static final String ENDED = """
            delete from batch_member using (
                select first.batch_id, first.job_id from job_batch cross join lateral (
                    select batch_id, job_id from batch_member where batch_id = job_batch.job_id order by job_id limit %d) as first
                left join job on job.id = first.job_id
                where job.id is null or job.state in ('completed', 'cancelled')) as ended
            where batch_member.batch_id = ended.batch_id and batch_member.job_id = ended.job_id and not batch_member.died
            """
            .formatted(MEMBERS);
    private static final String LET_GO_AFTER_DEATH = """
            with over as (
                delete from job_batch where until_dead and job_id in (select batch_id from batch_member where died)
                returning job_id
            ), queued as (
                update job set state = 'queued' from over where job.id = over.job_id and job.state = 'scheduled'
                returning job.id
            )
            insert into outbox (id, publish_at, jobs) select gen_random_uuid(), now(), array[id] from queued
            """;
    /** What waited for a death that has not come has nothing to wait for any more. */
    private static final String LET_GO = """
            with over as (
                delete from job_batch
                where not exists (select 1 from batch_member where batch_id = job_batch.job_id)
                returning job_id, until_dead
            ), moved as (
                update job set state = case when until_dead then 'cancelled' else 'queued' end,
                               finished_at = case when until_dead then now() end
                from over where job.id = over.job_id and job.state = 'scheduled'
                returning job.id, job.state
            )
            insert into outbox (id, publish_at, jobs)
            select gen_random_uuid(), now(), array[id] from moved where state = 'queued'
            """;

    private final boolean looks;
    private final PeriodicTask looking;
    private final Poll poll;

    HeldJobs(AgroalDataSource dataSource, OffstageConfig config, Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.looks = config.has(Role.RELAY);
        this.looking = new PeriodicTask("held-jobs", LOOK_EVERY, dataSource, dependencies.postgresql(), HeldJobs::look);
    }

    void start(@Observes StartupEvent event) {
        if (looks) {
            looking.startWhen(poll, "exists (select from job_batch)");
        }
    }

    private static void look(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(LET_GO_AFTER_DEATH);
            int ended = MEMBERS;
            while (ended >= MEMBERS) {
                ended = statement.executeUpdate(ENDED);
            }
            statement.executeUpdate(LET_GO);
        }
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
