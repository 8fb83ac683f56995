package dev.offstage.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Inject;

import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;

/** A poll whose looks the test takes. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PollIT {

    @Inject
    @Engine
    AgroalDataSource dataSource;

    @Inject
    AgroalDataSource ofRequests;

    @Inject
    Dependencies dependencies;

    private final AtomicInteger woken = new AtomicInteger();

    private Poll poll() {
        return new Poll(dataSource, dependencies, Duration.ofHours(1));
    }

    @Test
    void aConditionWakesAtEachLookAtWhichItHolds() throws Exception {
        Poll poll = poll();
        poll.when("true", woken::incrementAndGet);
        poll.when("false", () -> woken.addAndGet(100));

        poll.look();
        poll.look();

        assertThat(woken).hasValue(2);
    }

    @Test
    void aValueWakesWhenItHasChanged() throws Exception {
        Poll poll = poll();
        AtomicInteger others = new AtomicInteger();
        poll.whenChanged("1", woken::incrementAndGet);
        poll.whenChanged("clock_timestamp()", others::incrementAndGet);

        poll.look();
        poll.look();

        assertThat(woken).as("once, for the value that it has").hasValue(1);
        assertThat(others).hasValue(2);
    }

    @Test
    void invariant10ATableThatIsLockedKeepsNoOtherQuestionFromItsAnswer() throws Exception {
        Poll poll = poll();
        poll.when("exists (select from bulk_action)", () -> woken.addAndGet(100));
        poll.when("true", woken::incrementAndGet);
        try (Connection inTheWay = ofRequests.getConnection(); Statement lock = inTheWay.createStatement()) {
            inTheWay.setAutoCommit(false);
            lock.execute("lock table bulk_action in access exclusive mode");

            poll.look();

            assertThat(woken).hasValue(1);
            inTheWay.rollback();
        }
    }
}
