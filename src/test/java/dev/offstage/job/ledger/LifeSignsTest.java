package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;

/** Beats of other workers, by hand. */
class LifeSignsTest {

    private static final Duration EXPIRY = Duration.ofSeconds(4);
    private static final Duration BEAT = Duration.ofMillis(500);
    private static final UUID WORKER = UUID.randomUUID();
    private static final UUID OTHER = UUID.randomUUID();

    private final ManualTimer timer = new ManualTimer();
    private final LifeSigns life = new LifeSigns(EXPIRY, timer);
    private final Map<UUID, Long> counts = new HashMap<>();

    @Test
    void invariant2AWorkerWhoseCountStandsStillForTheExpiryIsDead() {
        counts.put(WORKER, 7L);

        assertThat(lookFor(EXPIRY)).containsExactly(new LifeSigns.Dead(WORKER, 7L));
    }

    @Test
    void invariant4AWorkerThatBeatsAtTheLastMomentLives() {
        counts.put(WORKER, 7L);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
        counts.put(WORKER, 8L);

        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
        assertThat(lookFor(BEAT)).as("an expiry after that beat was seen").hasSize(1);
    }

    @Test
    void invariant4AWorkerThatIsSlowLives() {
        for (long count = 1; count < 20; count++) {
            counts.put(WORKER, count);
            assertThat(lookFor(EXPIRY.minus(BEAT))).as("after beat %d", count).isEmpty();
        }
    }

    /** PostgreSQL answered nobody: no count went on, and that says nothing of the workers. */
    @Test
    void invariant4NobodyDiesOfAStallOfPostgresql() {
        counts.put(WORKER, 7L);
        counts.put(OTHER, 3L);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();

        timer.advance(Duration.ofMinutes(1));
        assertThat(look()).isEmpty();
        counts.put(WORKER, 8L);
        counts.put(OTHER, 4L);

        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
    }

    /** This process stood still between the question and the answer, so the answer is old. */
    @Test
    void invariant4NobodyDiesOfAStallOfThisProcess() {
        counts.put(WORKER, 7L);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();

        life.looking();
        timer.advance(Duration.ofSeconds(30));
        life.looking();

        assertThat(life.dead(counts)).isEmpty();
    }

    @Test
    void invariant4WhatWasSeenBeforeAnOutageCountsNoMore() {
        counts.put(WORKER, 7L);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();

        life.forget();

        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
        assertThat(lookFor(BEAT.multipliedBy(2))).hasSize(1);
    }

    @Test
    void invariant2TheJobsOfAWorkerWithoutARowAreFoundAgainAndAgain() {
        counts.put(WORKER, null);

        assertThat(lookFor(EXPIRY)).containsExactly(new LifeSigns.Dead(WORKER, null));
        assertThat(lookFor(EXPIRY.minus(BEAT))).as("at once after the first time").isEmpty();
        assertThat(lookFor(BEAT)).containsExactly(new LifeSigns.Dead(WORKER, null));
    }

    @Test
    void aWorkerThatRegistersLivesAlthoughItHadNoRow() {
        counts.put(WORKER, null);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
        counts.put(WORKER, 1L);

        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
    }

    @Test
    void aWorkerThatSignsOffIsForgotten() {
        counts.put(WORKER, 7L);
        assertThat(lookFor(EXPIRY.minus(BEAT))).isEmpty();
        counts.clear();
        assertThat(lookFor(BEAT)).isEmpty();
        counts.put(WORKER, 7L);

        assertThat(lookFor(EXPIRY.minus(BEAT))).as("it was away between").isEmpty();
    }

    @Test
    void onlyTheDeadOneOfTwoIsNamed() {
        counts.put(WORKER, 7L);
        assertThat(look()).isEmpty();
        for (long beat = 0; beat < EXPIRY.dividedBy(BEAT) - 1; beat++) {
            counts.put(OTHER, beat);
            timer.advance(BEAT);
            assertThat(look()).isEmpty();
        }
        timer.advance(BEAT);

        assertThat(look()).extracting(LifeSigns.Dead::worker).containsExactly(WORKER);
    }

    private List<LifeSigns.Dead> look() {
        life.looking();
        life.looking();
        return life.dead(counts);
    }

    /** Looks with each beat for a time, first at once. */
    private List<LifeSigns.Dead> lookFor(Duration time) {
        List<LifeSigns.Dead> dead = look();
        for (Duration gone = BEAT; dead.isEmpty() && gone.compareTo(time) <= 0; gone = gone.plus(BEAT)) {
            timer.advance(BEAT);
            dead = look();
        }
        return dead;
    }
}
