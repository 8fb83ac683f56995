package dev.offstage.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.offstage.testing.OffstageProcess;

/** What operators look at, beside millions of jobs. */
final class Looks {

    private static final int TIMES = 100;
    private static final int UNMEASURED = 100;

    /** A second between jobs; one in 250 is dead, of one of three errors; three types, 1,000 users. */
    private static final String FILL = """
            insert into job (id, type, key, payload, state, attempt, created_at, started_at, finished_at)
            select uuidv7(age), (array['welcome-email', 'avatar-resize', 'analytics-sync'])[1 + i %% 3], 'user-' || i %% 1000,
                   jsonb_build_object('userId', 'user-' || i %% 1000, 'name', 'Ada'),
                   case when i %% 250 = 0 then 'dead' else 'completed' end, 1, now() + age, now() + age, now() + age
            from (select i, make_interval(secs => -i) as age from generate_series(1, %d) as i) as ages
            """;
    private static final String FAIL = """
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            select id, 1, finished_at, finished_at, 'java.io.IOException', (array['Connection refused: mail/10.0.0.1:25',
                   'Status 500 of request 4711', '550 no such mailbox'])[1 + abs(hashtext(id::text)) % 3]
            from job where state = 'dead'
            """;

    private final OffstageProcess service;
    private final Map<String, String> paths = new LinkedHashMap<>();

    private Looks(OffstageProcess service, String middle, String time) {
        this.service = service;
        paths.put("GET /stats", "/stats");
        paths.put("GET /jobs", "/jobs");
        paths.put("of a type and state", "/jobs?type=avatar-resize&state=completed");
        paths.put("from the middle", "/jobs?type=avatar-resize&state=completed&after=" + middle);
        paths.put("enqueued before a time", "/jobs?to=" + time);
        paths.put("dead, by error", "/jobs?state=dead&error=no+such+mailbox");
        paths.put("by error alone", "/jobs?error=no+such+mailbox");
        paths.put("of a user", "/jobs?key=user-77");
        paths.put("by a field of the payload", "/jobs?type=welcome-email&state=dead&payload.userId=user-750");
        paths.put("a text that is nowhere", "/jobs?q=no+such+text");
        paths.put("page: overview", "/console");
        paths.put("page: jobs", "/console/jobs");
        paths.put("page: dead letters", "/console/dead-letters");
    }

    /** Fills the table and looks. */
    static void measure(BenchCluster cluster, Series series, int jobs) throws Exception {
        Sql sql = cluster.sql();
        sql.execute(FILL.formatted(jobs));
        sql.execute(FAIL);
        sql.execute("vacuum analyze job, job_failure");
        String middle = sql.text("select id from job order by id offset " + jobs / 2 + " limit 1");
        String time = sql.text(
                "select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from job where id = '"
                        + middle + "'");
        try (OffstageProcess service = cluster.start("api,relay")) {
            Looks looks = new Looks(service, middle, time);
            for (var path : looks.paths.entrySet()) {
                looks.measure(series, path.getKey(), path.getValue());
            }
            service.terminate();
        }
    }

    private void measure(Series series, String name, String path) throws Exception {
        double[] millis = new double[TIMES];
        for (int i = -UNMEASURED; i < TIMES; i++) {
            long start = System.nanoTime();
            int status = service.get(path, BenchCluster.PASSWORD).statusCode();
            if (status != 200) {
                throw new IllegalStateException(path + " was answered with " + status);
            }
            if (i >= 0) {
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        Arrays.sort(millis);
        series.add(name + ", p50", "ms", millis[TIMES / 2]);
        series.add(name + ", p99", "ms", millis[TIMES - 1 - TIMES / 100]);
    }
}
