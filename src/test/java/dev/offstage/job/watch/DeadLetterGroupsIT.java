package dev.offstage.job.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.UUID;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;

/** Dead letters that died of the same thing are one group, and a group is what it says. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class DeadLetterGroupsIT {

    private static final String DEAD = """
            insert into job (id, type, key, payload, state, attempt, created_at, finished_at)
            values (uuidv7(), ?, 'key', '{}', 'dead', 1, now(), now()) returning id
            """;
    private static final String FAILURE = """
            insert into job_failure (job_id, attempt, started_at, failed_at, error_class, error_message)
            values (?, 1, now(), now(), 'java.io.IOException', ?)
            """;

    @Inject
    DeadLetterGroups groups;

    @Inject
    JobSearch search;

    @Inject
    AgroalDataSource dataSource;

    private final String type = "test-" + UUID.randomUUID();

    @Test
    void addressesIdsAndNumbersMakeNoDifference() throws Exception {
        for (String name : List.of("ada", "bob.o'hara", "eve+mail")) {
            die("The mail to " + name + "@example.com was not taken: Connection refused: mail/10.0.0." + name.length()
                    + ":25, job " + UUID.randomUUID());
        }
        assertThat(ofType()).singleElement().satisfies(group -> {
            assertThat(group.jobs()).isEqualTo(3);
            assertThat(group.cause()).isEqualTo("java.io.IOException: The mail to * was not taken: Connection refused:"
                    + " mail/*.*.*.*:*, job *");
        });
    }

    @Test
    void aGroupIsNoPartOfAnother() throws Exception {
        die("550 quota 5 left");
        die("550 quota 5 of 7 left");
        die("550 quota 9 of 8 left");

        assertThat(ofType()).hasSize(2).allSatisfy(group -> {
            JobFilter filter = new JobFilter(type, Set.of(JobState.DEAD), null, null, group.cause(), null, null, null,
                    null,
                    null);
            assertThat(search.find(filter, null, 10).jobs()).hasSize((int) group.jobs());
        });
    }

    private List<DeadLetterGroups.Group> ofType() {
        return groups.read(1_000).stream().filter(group -> group.type().equals(type)).toList();
    }

    private void die(String message) throws Exception {
        try (var connection = dataSource.getConnection();
                var dead = connection.prepareStatement(DEAD);
                var failure = connection.prepareStatement(FAILURE)) {
            dead.setString(1, type);
            try (var row = dead.executeQuery()) {
                row.next();
                failure.setObject(1, row.getObject(1));
            }
            failure.setString(2, message);
            failure.executeUpdate();
        }
    }
}
