package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import io.smallrye.mutiny.Uni;

import dev.offstage.background.ManualTimer;
import dev.offstage.job.ledger.LaneControls.LaneControl;

/** A lane's intake of records, with a stream and work of the test's own. */
class IntakeTest {

    private static final int PREFETCH = 3;

    /** A record: which one of which partition. */
    private record Item(int partition, int number) {}

    /** Remembers what was asked for. */
    private static final class Stream implements Flow.Subscription {

        private long asked;
        private boolean cancelled;

        @Override
        public void request(long more) {
            asked += more;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private final ManualTimer timer = new ManualTimer();
    private final Stream stream = new Stream();
    private final List<Item> started = new ArrayList<>();
    private final List<CompletableFuture<Void>> running = new ArrayList<>();
    private final List<Throwable> stops = new ArrayList<>();
    private LaneControl control = new LaneControl(false, 2, Optional.empty());
    private RuntimeException controlFails;
    private final Intake<Item> intake = new Intake<>(this::control, PREFETCH,
            new Permits(null, "scripted", Runnable::run, timer), Item::partition, this::work, stops::add, timer);

    private LaneControl control() {
        if (controlFails != null) {
            throw controlFails;
        }
        return control;
    }

    private Uni<Void> work(Item item) {
        started.add(item);
        CompletableFuture<Void> run = new CompletableFuture<>();
        running.add(run);
        return Uni.createFrom().completionStage(run);
    }

    private void arrive(int partition, int... numbers) {
        for (int number : numbers) {
            intake.onNext(new Item(partition, number));
        }
    }

    private void end(int which) {
        running.get(which).complete(null);
    }

    @Test
    void asManyAreAskedForAsMayRunAndWait() {
        intake.onSubscribe(stream);

        assertThat(stream.asked).isEqualTo(2 + PREFETCH);
    }

    @Test
    void asManyStartAsMayRunAtOnceAndTheNextWhenOneEnds() {
        intake.onSubscribe(stream);
        arrive(0, 1, 2, 3);
        assertThat(started).hasSize(2);

        end(0);

        assertThat(started).hasSize(3);
        assertThat(stream.asked).as("one more place").isEqualTo(2 + PREFETCH + 1);
    }

    @Test
    void partitionsTakeTurns() {
        control = new LaneControl(false, 1, Optional.empty());
        intake.onSubscribe(stream);
        arrive(0, 1, 2, 3);
        arrive(1, 4);
        for (int i = 0; i < 3; i++) {
            end(i);
        }

        assertThat(started).extracting(Item::number).containsExactly(1, 2, 4, 3);
    }

    @Test
    void aPausedLaneStartsNothingAndAsksForNothing() {
        control = new LaneControl(true, 2, Optional.empty());
        intake.onSubscribe(stream);
        arrive(0, 1);

        assertThat(started).isEmpty();
        assertThat(stream.asked).isZero();
    }

    @Test
    void aLaneThatIsResumedGoesOn() {
        control = new LaneControl(true, 2, Optional.empty());
        intake.onSubscribe(stream);
        arrive(0, 1);

        control = new LaneControl(false, 2, Optional.empty());
        intake.proceed();

        assertThat(started).hasSize(1);
    }

    @Test
    void moreStartWhenTheConcurrencyIsRaised() {
        intake.onSubscribe(stream);
        arrive(0, 1, 2, 3, 4);

        control = new LaneControl(false, 4, Optional.empty());
        intake.proceed();

        assertThat(started).hasSize(4);
    }

    @Test
    void fewerRunWhenItIsLoweredAsOnesEnd() {
        intake.onSubscribe(stream);
        arrive(0, 1, 2, 3, 4);

        control = new LaneControl(false, 1, Optional.empty());
        intake.proceed();
        end(0);
        assertThat(started).as("one still runs").hasSize(2);
        end(1);

        assertThat(started).hasSize(3);
    }

    @Test
    void invariant11AFailureOfAStepDoesNotEndTheLane() throws Exception {
        intake.onSubscribe(stream);
        controlFails = new IllegalStateException("made up");
        arrive(0, 1);
        assertThat(started).isEmpty();
        controlFails = null;

        timer.advance(Duration.ofSeconds(1));
        assertThat(ForkJoinPool.commonPool().awaitQuiescence(10, TimeUnit.SECONDS)).isTrue();

        assertThat(started).hasSize(1);
    }

    @Test
    void invariant11AStreamThatFailsIsToldAndTheNextOneIsReadFromItsBeginning() {
        intake.onSubscribe(stream);
        arrive(0, 1, 2, 3); // 3 waits here, and comes again
        intake.onError(new IllegalStateException("made up"));
        assertThat(stops).hasSize(1);

        Stream next = new Stream();
        intake.onSubscribe(next);
        assertThat(next.asked).as("two of the first stream still run").isEqualTo(PREFETCH);
        arrive(0, 3, 4);
        end(0);
        end(1);

        assertThat(started).extracting(Item::number).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aStreamThatEndsIsAFailure() {
        intake.onSubscribe(stream);

        intake.onComplete();

        assertThat(stops).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @Test
    void workThatFailsGivesItsPlaceBack() {
        control = new LaneControl(false, 1, Optional.empty());
        intake.onSubscribe(stream);
        arrive(0, 1, 2);

        running.get(0).completeExceptionally(new OutOfMemoryError("made up"));

        assertThat(started).hasSize(2);
    }

    @Test
    void cancellingBeforeThereIsAStreamDoesNothing() {
        intake.cancel();

        assertThat(stream.cancelled).isFalse();
    }

    @Test
    void cancellingEndsTheStream() {
        intake.onSubscribe(stream);

        intake.cancel();

        assertThat(stream.cancelled).isTrue();
    }
}
