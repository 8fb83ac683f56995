package dev.offstage.task.email;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.embedded.Mailbox;
import dev.offstage.job.Attempt;
import dev.offstage.testing.OffstageResource;

/** Many mails at the same instant, each over a connection that is not there yet. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class ManyMailsIT {

    private static final int ROUNDS = 50;
    private static final int AT_ONCE = 16;

    @Inject
    WelcomeEmail handler;

    private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
    private final Mailbox mailbox = OffstageResource.parts().mailbox();

    @AfterEach
    void stop() {
        workers.shutdownNow();
    }

    @Test
    void noneIsLeftLying() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            mailbox.stop(); // so that every connection is new
            mailbox.start();
            int before = mailbox.size();
            CyclicBarrier together = new CyclicBarrier(AT_ONCE);
            List<Future<Void>> mails = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                mails.add(workers.submit(() -> send(together)));
            }
            for (Future<Void> mail : mails) {
                mail.get(60, SECONDS);
            }
            assertThat(mailbox.size() - before).as("mails that arrived in round " + round)
                    .isGreaterThanOrEqualTo(AT_ONCE);
        }
    }

    private Void send(CyclicBarrier together) throws Exception {
        UUID user = UUID.randomUUID();
        var attempt = new Attempt<>(UUID.randomUUID(), 1,
                new WelcomeEmail.Payload(user, "ada-" + user + "@example.com", "Ada"), Instant.now(), null);
        together.await();
        while (!taken(attempt)) {
            // an old connection was cut under it, which is said at once: the ladder would try again
        }
        return null;
    }

    private boolean taken(Attempt<WelcomeEmail.Payload> attempt) throws Exception {
        try {
            handler.handle(attempt);
            return true;
        } catch (IOException e) {
            if (e.getMessage().contains("within")) { // its time-out
                throw e;
            }
            return false;
        }
    }
}
