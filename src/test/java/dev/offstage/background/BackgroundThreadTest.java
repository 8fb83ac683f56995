package dev.offstage.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class BackgroundThreadTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final AtomicInteger steps = new AtomicInteger();

    @Test
    void anErrorInOneStepIsNotTheEndOfAllSteps() {
        try (BackgroundThread thread = new BackgroundThread("test", Duration.ZERO, () -> {
            if (steps.incrementAndGet() == 1) {
                throw new OutOfMemoryError("made up");
            }
            new CountDownLatch(1).await();
        })) {
            thread.start();

            await().atMost(LIMIT).until(() -> steps.get() == 2);
            assertThat(BackgroundThread.ended()).isEmpty();
        }
    }

    @Test
    void onlyCloseIsTheEndAndNotSomebodysInterrupt() throws Exception {
        AtomicReference<Thread> runner = new AtomicReference<>();
        BackgroundThread thread = new BackgroundThread("test", Duration.ZERO, () -> {
            runner.set(Thread.currentThread());
            steps.incrementAndGet();
            new CountDownLatch(1).await();
        });
        thread.start();
        await().atMost(LIMIT).until(() -> steps.get() == 1);
        runner.get().interrupt();
        await().atMost(LIMIT).until(() -> steps.get() == 2);

        thread.close();

        assertThat(thread.awaitEnd(LIMIT)).isTrue();
        assertThat(steps).hasValue(2);
    }

    @Test
    void aProcessThatHasLostAThreadIsNotLive() {
        HealthCheckResponse response = new BackgroundThreadsCheck(() -> List.of("offstage-ladder")).call();

        assertThat(response.getStatus()).isEqualTo(Status.DOWN);
        assertThat(response.getData().orElseThrow()).containsEntry("ended", "offstage-ladder");
        assertThat(new BackgroundThreadsCheck(List::of).call().getStatus()).isEqualTo(Status.UP);
    }
}
