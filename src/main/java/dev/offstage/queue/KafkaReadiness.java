package dev.offstage.queue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;

/**
 * Tells whether Kafka answers. A process that serves the API is ready without it, because sign-ups wait in PostgreSQL;
 * one that only relays or works is not.
 */
@Readiness
@ApplicationScoped
class KafkaReadiness implements HealthCheck {

    private static final int TIMEOUT_MS = 2_000;

    private final Instance<Admin> admin;
    private final boolean needed;

    KafkaReadiness(Instance<Admin> admin, OffstageConfig config) {
        this.admin = admin;
        this.needed = !config.has(Role.API);
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("Kafka").withData("needed", needed);
        try {
            int brokers = admin.get()
                    .describeCluster(new DescribeClusterOptions().timeoutMs(TIMEOUT_MS))
                    .nodes()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .size();
            return answer.withData("brokers", brokers).up().build();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            return answer.withData("error", "Kafka cannot be reached: check kafka.bootstrap.servers and its brokers")
                    .status(!needed)
                    .build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answer.status(!needed).build();
        }
    }
}
