package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.awaitility.Awaitility;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.embedded.Mailbox;

/** Writes down in PostgreSQL, by trigger, what happens to every job, and counts what became of the jobs of a run. */
final class Audit {

    private static final String INSTALL = """
            create table audit (seq bigserial primary key, job uuid, attempt int, state text, worker uuid,
                                at timestamptz default clock_timestamp());
            create index on audit (job);
            create function audit() returns trigger language plpgsql as $$ begin
                insert into audit (job, attempt, state, worker) values (new.id, new.attempt, new.state, new.worker);
                return new;
            end $$;
            create trigger audit after insert or update of state, attempt, worker on job
                for each row execute function audit()
            """;
    private static final String FINISHED = "('completed', 'dead', 'cancelled')";

    /**
     * What became of the jobs whose sign-up was answered with 201.
     *
     * @param lost jobs or users that are not there
     * @param runTwice attempts that more than one worker claimed; one whose claim was answered too late claims it again,
     *        and runs it once
     * @param runAgain jobs that were claimed after they had finished
     * @param failures the errors of attempts that were used up
     */
    record Outcome(long accepted, long completed, long dead, long open, long lost, long runTwice, long runAgain,
            List<String> failures, long mailsTwice, long eventsTwice, Duration drained) {}

    /** One statement sees one state of the table, also while jobs move. */
    private static final String MISCOUNTED = """
            select format('%s %s: %s jobs, counted as %s', type, state, coalesce(actual.jobs, 0), coalesce(kept.jobs, 0))
            from (select type, state, count(*) as jobs from job group by type, state) as actual
            full join (
                select type, state, sum(jobs) as jobs
                from (select * from job_count union all select * from job_count_change) as counts
                group by type, state having sum(jobs) <> 0) as kept using (type, state)
            where actual.jobs is distinct from kept.jobs
            """;

    private final FaultCluster cluster;
    private final Database database;

    Audit(FaultCluster cluster) {
        this.cluster = cluster;
        this.database = new Database(cluster);
    }

    static void install(FaultCluster cluster) throws SQLException {
        new Database(cluster).execute(INSTALL);
    }

    /** Waits until every job of these sign-ups has ended, and counts. */
    Outcome settle(Collection<Signups.Answer> answers, Duration limit) throws Exception {
        Object[] jobs = Signups.jobs(answers).toArray();
        return count(jobs, users(answers), awaitEnd(jobs, limit));
    }

    /** The same for jobs that came without a sign-up. */
    Outcome settleJobs(Collection<UUID> jobs, Duration limit) throws Exception {
        Object[] rows = rows(jobs);
        return count(rows, new Object[0], awaitEnd(rows, limit));
    }

    /** What other programs call their jobs is not what the jobs' rows are called. */
    private Object[] rows(Collection<?> jobs) throws SQLException {
        return database.ids("select coalesce(f.job_id, j.id) from unnest(?) as j (id) "
                + "left join foreign_job as f on f.record_id = j.id::text", jobs.toArray()).toArray();
    }

    /** Counts only when the records that Kafka still held of one type have been read, too. */
    Outcome settleToTheLastRecord(Collection<Signups.Answer> answers, String type, Duration limit) throws Exception {
        Object[] jobs = Signups.jobs(answers).toArray();
        Duration drained = awaitEnd(jobs, limit);
        Backlog backlog = new Backlog(cluster, type);
        Awaitility.await().atMost(limit).until(backlog::isEmpty);
        return count(jobs, users(answers), drained);
    }

    private static Object[] users(Collection<Signups.Answer> answers) {
        return answers.stream().map(Signups.Answer::user).toArray();
    }

    private Duration awaitEnd(Object[] jobs, Duration limit) {
        long start = System.nanoTime();
        awaitNone("select count(*) from job where id = any(?) and state not in " + FINISHED, jobs, limit);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private Outcome count(Object[] jobs, Object[] users, Duration drained) throws Exception {
        assertThat(database.texts(MISCOUNTED)).as("what /stats says, against a real count").isEmpty();
        long there = database.count("select count(*) from job where id = any(?)", jobs);
        long usersThere = database.count("select count(*) from app_user where id = any(?)", users);
        return new Outcome(jobs.length,
                database.count("select count(*) from job where id = any(?) and state = 'completed'", jobs),
                database.count("select count(*) from job where id = any(?) and state = 'dead'", jobs),
                database.count("select count(*) from job where id = any(?) and state not in " + FINISHED, jobs),
                jobs.length - there + users.length - usersThere,
                database.count(
                        "select coalesce(sum(n - 1), 0) from (select count(distinct worker) as n from audit where job = any(?) "
                                + "and state = 'running' group by job, attempt) as claims",
                        jobs),
                database.count(
                        "select count(distinct a.job) from audit a join audit b on a.job = b.job and a.seq > b.seq "
                                + "where a.job = any(?) and a.state = 'running' and b.state in " + FINISHED,
                        jobs),
                failures(List.of(jobs)), repeats(mails(jobs)), repeats(events(jobs)), drained);
    }

    /** Waits until every job that there is has ended, and Kafka has what became of it. */
    void settleAll(Duration limit) {
        awaitNone("select (select count(*) from job where state not in " + FINISHED + " and id <> all(?)) "
                + "+ (select count(*) from outbox where dead_letters)", new Object[0], limit);
    }

    /** The dead jobs of one type, as they are now. */
    List<UUID> dead() throws SQLException {
        return database.ids("select id from job where state = 'dead' and type = 'analytics-sync'");
    }

    /** Waits until those jobs of these sign-ups that are of one type have ended. */
    void settle(Collection<Signups.Answer> answers, String type, Duration limit) {
        awaitNone("select count(*) from job where id = any(?) and type = '" + type + "' and state not in " + FINISHED,
                Signups.jobs(answers).toArray(), limit);
    }

    private void awaitNone(String sql, Object[] jobs, Duration limit) {
        Awaitility.await()
                .atMost(limit)
                .pollInterval(Duration.ofMillis(100 + jobs.length / 20)) // a long list is not looked through all the time
                .ignoreExceptionsInstanceOf(SQLException.class)
                .until(() -> database.count(sql, jobs) == 0);
    }

    long completed(Collection<UUID> jobs) throws SQLException {
        return inState("completed", jobs);
    }

    /** The errors of all failed attempts of these jobs. One whose worker was killed is made again, and is none. */
    List<String> failures(Collection<?> jobs) throws SQLException {
        return database.texts("select error_message from job_failure where job_id = any(?) "
                + "and error_class <> 'dev.offstage.job.ledger.WorkerLost'", rows(jobs));
    }

    /** How long those of these jobs that are of one type took from the sign-up to their end. */
    List<Duration> took(Collection<UUID> jobs, String type) throws SQLException {
        return database
                .durations("select extract(epoch from finished_at - created_at) * 1000 from job where id = any(?) "
                        + "and type = '" + type + "'", jobs.toArray());
    }

    /** How long each failed attempt took, longest first, among the jobs of one type. */
    List<Duration> failedAttempts(Collection<UUID> jobs, String type) throws SQLException {
        return database.durations("select extract(epoch from f.failed_at - f.started_at) * 1000 as took "
                + "from job_failure f join job on job.id = f.job_id where f.job_id = any(?) and job.type = '" + type
                + "' order by took desc", jobs.toArray());
    }

    /** How many of these jobs are dead after one failed attempt. */
    long diedAtOnce(Collection<UUID> jobs) throws SQLException {
        return database.count("select count(*) from job where state = 'dead' and id = any(?) "
                + "and (select count(*) from job_failure where job_id = job.id) = 1", jobs.toArray());
    }

    /** The states of those of these jobs that are of one type. */
    Set<String> ends(Collection<UUID> jobs, String type) throws SQLException {
        return Set.copyOf(database.texts("select distinct state from job where id = any(?) and type = '" + type + "'",
                jobs.toArray()));
    }

    /** From the failure of this attempt to the start of the next one, shortest first, among the jobs of one type. */
    List<Duration> waits(Collection<UUID> jobs, String type, int attempt) throws SQLException {
        return database.durations("select extract(epoch from min(a.at) - f.failed_at) * 1000 as wait "
                + "from job_failure f join audit a on a.job = f.job_id and a.attempt = f.attempt + 1 "
                + "and a.state = 'running' join job on job.id = f.job_id where f.job_id = any(?) and job.type = '"
                + type + "' and f.attempt = " + attempt + " group by f.job_id, f.failed_at order by wait",
                rows(jobs));
    }

    /** How many of these jobs Kafka has not got yet. */
    long inOutbox(Collection<UUID> jobs) throws SQLException {
        return database.count(
                "select count(*) from outbox cross join unnest(jobs) as held (id) where held.id = any(?)",
                jobs.toArray());
    }

    /** How many of these jobs are in this state. */
    long inState(String state, Collection<UUID> jobs) throws SQLException {
        return database.count("select count(*) from job where state = '" + state + "' and id = any(?)", rows(jobs));
    }

    /** How many workers ran at least one of these jobs. */
    long workersThatRan(Collection<UUID> jobs) throws SQLException {
        return database.count("select count(distinct worker) from audit where state = 'running' and job = any(?)",
                rows(jobs));
    }

    /** Those that run at this moment. */
    List<UUID> running() throws SQLException {
        return database.ids("select id from job where state = 'running'");
    }

    /** Whether no job of a type runs, or will run soon. */
    boolean quiet(String type) throws SQLException {
        return database.count("select count(*) from job where type = '" + type
                + "' and state in ('queued', 'running', 'retrying')") == 0;
    }

    /** Whether each of these was claimed again, by a worker that lives. */
    boolean allRunAgain(Collection<UUID> jobs) throws SQLException {
        return database.count("select count(*) from job where id = any(?) and (state = 'queued' or state = 'running' "
                + "and worker not in (select id from worker))", jobs.toArray()) == 0
                && database
                        .count("select count(*) from (select job from audit where job = any(?) and state = 'running' "
                                + "group by job having count(*) > 1) as again", jobs.toArray()) == jobs.size();
    }

    private Map<String, Integer> mails(Object[] jobs) throws IOException {
        Map<String, Integer> arrived = new HashMap<>();
        for (Object job : jobs) {
            arrived.put(job.toString(), 0);
        }
        for (Mailbox.Mail mail : cluster.mailbox().newest(jobs.length * 2)) {
            String id = mail.messageId().replaceAll("^<|@.*$", "");
            arrived.computeIfPresent(id, (job, times) -> times + 1);
        }
        return arrived;
    }

    private Map<String, Integer> events(Object[] jobs) throws IOException {
        Map<String, Integer> arrived = new HashMap<>();
        for (Object job : jobs) {
            arrived.put(job.toString(), 0);
        }
        if (Files.notExists(cluster.events())) {
            return arrived; // the first event makes the file
        }
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(cluster.events())) {
            arrived.computeIfPresent(json.readTree(line).path("messageId").asText(), (job, times) -> times + 1);
        }
        return arrived;
    }

    private static long repeats(Map<String, Integer> arrived) {
        return arrived.values().stream().filter(times -> times > 1).mapToLong(times -> times - 1).sum();
    }
}
