package dev.offstage.health;

import java.time.Duration;

import jakarta.inject.Singleton;

/** What every process of Offstage needs. */
@Singleton
public class Dependencies {

    private final Dependency kafka = new Dependency("Kafka", "committed jobs, retries and dead letters wait",
            Duration.ofSeconds(12));
    private final Dependency postgresql = new Dependency("PostgreSQL",
            "requests are answered with 503, and jobs wait,", Duration.ofSeconds(3));

    public Dependency kafka() {
        return kafka;
    }

    public Dependency postgresql() {
        return postgresql;
    }
}
