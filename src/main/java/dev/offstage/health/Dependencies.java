package dev.offstage.health;

import java.time.Duration;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;

import io.quarkus.runtime.ShutdownEvent;

/** What every process of Offstage needs. */
@Singleton
public class Dependencies {

    private final Dependency kafka = new Dependency("Kafka", "committed jobs, retries and dead letters wait",
            Duration.ofSeconds(12));
    private final Dependency postgresql = new Dependency("PostgreSQL",
            "requests are answered with 503, and jobs wait,", Duration.ofSeconds(3));

    /** Last of all that ends: from here on connections are closed under those that still ask. */
    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent event) {
        kafka.letGo();
        postgresql.letGo();
    }

    public Dependency kafka() {
        return kafka;
    }

    public Dependency postgresql() {
        return postgresql;
    }
}
