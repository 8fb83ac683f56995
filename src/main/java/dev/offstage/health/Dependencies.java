package dev.offstage.health;

import java.time.Duration;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;

import io.quarkus.runtime.ShutdownEvent;

/** What processes of Offstage need. */
@Singleton
public class Dependencies {

    private final Dependency kafka = new Dependency("Kafka", "committed jobs, retries and dead letters wait",
            Duration.ofSeconds(12));
    private final Dependency postgresql = new Dependency("PostgreSQL",
            "requests are answered with 503, and jobs wait,", Duration.ofSeconds(3));

    private final Dependency objectStorage = new Dependency("Object storage",
            "sign-ups with a picture are answered with 503, and pictures are not resized,", Duration.ofSeconds(5));

    /** Last of all that ends: from here on connections are closed under those that still ask. */
    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent event) {
        kafka.letGo();
        postgresql.letGo();
        objectStorage.letGo();
    }

    public Dependency kafka() {
        return kafka;
    }

    public Dependency postgresql() {
        return postgresql;
    }

    /** Of those processes alone whose settings name one. */
    public Dependency objectStorage() {
        return objectStorage;
    }
}
