package dev.offstage.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.OffstageProcess;

/** Connections that are silent, that write slowly and that do not read, each kind from addresses of its own. */
@Tag("nightly")
class SlowPeersIT {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration P99 = Duration.ofMillis(200);
    private static final int OF_EACH_KIND = Form.of(150, 500);
    private static final int SECONDS = Form.of(5, 25);
    private static final int SIGN_UPS_PER_SECOND = 40;
    private static final int PICTURE = 8_000_000;
    private static final int ADDRESSES_OF_EACH_KIND = 10;
    private static final String HEAD = "POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n";

    /** The cluster's other processes let one address have more, since all load of the other tests comes from one. */
    private static final Map<String, String> AS_DELIVERED = Map.of("offstage.roles", "api,relay",
            "offstage.api.connections-per-address", "256", "offstage.api.requests-per-address", "48");

    @Test
    void theyKeepNobodyElseWaiting() throws Exception {
        FaultCluster cluster = FaultCluster.running();
        Audit audit = new Audit(cluster);
        OffstageProcess api = cluster.start("api-of-slow-peers", AS_DELIVERED).awaitReady();
        Signups warm = new Signups(() -> api).burst(Form.of(300, 2_000));
        String download = "GET /users/" + picture(cluster, warm.accepted().get(0).user())
                + "/avatar/512 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        audit.settle(warm.accepted(), LIMIT);

        Signups before = new Signups(() -> api).startAt(SIGN_UPS_PER_SECOND);
        TimeUnit.SECONDS.sleep(SECONDS / 5); // how long nobody disturbs them
        before.stop();
        Signups signups = new Signups(() -> api);
        long opened;
        try (SlowPeers peers = new SlowPeers(api.uri("/").getPort())) {
            int half = OF_EACH_KIND / 2;
            peers.add(half, 10, ADDRESSES_OF_EACH_KIND, "POST /signup HTTP/1.1\r\nHost: loc", "")
                    .add(half, 10, ADDRESSES_OF_EACH_KIND, HEAD.formatted("application/json", 5_000), "")
                    .add(half, 30, ADDRESSES_OF_EACH_KIND, HEAD.formatted("application/json", 5_000), "a")
                    .add(half, 30, ADDRESSES_OF_EACH_KIND,
                            HEAD.formatted("multipart/form-data; boundary=cut", 5_000_000), "a")
                    .add(OF_EACH_KIND, 50, ADDRESSES_OF_EACH_KIND, download, "")
                    .start();
            await().atMost(LIMIT).until(() -> peers.opened() >= 3L * OF_EACH_KIND);
            signups.startAt(SIGN_UPS_PER_SECOND);
            TimeUnit.SECONDS.sleep(SECONDS); // how long they try
            signups.stop();
            assertThat(api.get("/").statusCode()).as("a page meanwhile").isEqualTo(200);
            opened = peers.opened();
        }
        Audit.Outcome outcome = audit.settle(signups.accepted(), LIMIT);

        Duration p99 = Signups.percentile(signups.all(), 0.99);
        FaultReport.add("slow peers: %d silent, %d that write and %d that read slowly, for %d s".formatted(OF_EACH_KIND,
                OF_EACH_KIND, OF_EACH_KIND, SECONDS), outcome,
                "%d connections were opened; sign-ups from another address meanwhile: p99 %d ms, before them %d ms"
                        .formatted(opened, p99.toMillis(), Signups.percentile(before.all(), 0.99).toMillis()));
        assertThat(signups.all()).hasSizeGreaterThan(SIGN_UPS_PER_SECOND * SECONDS / 2)
                .allSatisfy(answer -> assertThat(answer.status()).isEqualTo(201));
        assertThat(p99).isLessThanOrEqualTo(Form.within(P99));
        assertThat(outcome.completed()).isEqualTo(outcome.accepted());
        assertThat(api.output()).doesNotContain("OutOfMemoryError", "direct buffer memory");
        assertThat(api.terminate()).isIn(0, 143);
    }

    private static UUID picture(FaultCluster cluster, UUID user) throws SQLException {
        try (Connection connection = cluster.connect(); PreparedStatement insert = connection.prepareStatement("""
                insert into avatar (user_id, size, content_type, content, etag, created_at, animated)
                values (?, 512, 'image/gif', ?, 'large', now(), true)""")) {
            insert.setObject(1, user);
            insert.setBytes(2, new byte[PICTURE]);
            insert.executeUpdate();
        }
        return user;
    }
}
