package dev.offstage.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

/** A DNS server that does not answer. */
class SystemResolverTest {

    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final int MOST_AT_ONCE = 64;

    private final CountDownLatch silence = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void isWaitedForNoLongerThanItsTime() throws Exception {
        SystemResolver resolver = new SystemResolver(this::silent, PATIENCE);
        try {
            long start = System.nanoTime();

            assertThatThrownBy(() -> resolver.resolve("silent.example"))
                    .hasMessageStartingWith("DNS did not say within 200 ms which address silent.example has.");

            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(PATIENCE.toNanos());
            assertThat(silence.getCount()).as("whether it still says nothing").isEqualTo(1);
            assertThat(resolver.resolve("known.example")).isEqualTo(List.of(InetAddress.getLoopbackAddress()));
        } finally {
            silence.countDown();
            resolver.close();
        }
    }

    @Test
    void isAskedNoMoreQuestionsAtOnceThanThereAreThreadsToLeaveBehind() throws Exception {
        SystemResolver resolver = new SystemResolver(this::silent, Duration.ofMillis(1));
        try {
            while (asked.get() < MOST_AT_ONCE) { // a question whose thread is late is taken back before it is asked
                assertThat(catchThrowable(() -> resolver.resolve("silent.example")))
                        .hasMessageStartingWith("DNS did not say within");
            }

            assertThatThrownBy(() -> resolver.resolve("known.example"))
                    .hasMessageStartingWith(
                            "DNS has 64 questions to answer already, so known.example was not looked up.");
        } finally {
            silence.countDown();
            resolver.close();
        }
    }

    /** Like the machine's resolver, it does not heed an interrupt. */
    private InetAddress[] silent(String host) throws UnknownHostException {
        boolean waits = host.equals("silent.example");
        asked.incrementAndGet();
        while (waits) {
            try {
                silence.await();
                waits = false;
            } catch (InterruptedException e) {
                continue; // the next call waits on
            }
        }
        return new InetAddress[]{InetAddress.getLoopbackAddress()};
    }
}
