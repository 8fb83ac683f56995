package dev.offstage.storage;

import java.time.Duration;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.runtime.ShutdownEvent;

/** What processes of Offstage need. */
@Singleton
public class Dependencies {

    private final Dependency kafka;
    private final Dependency postgresql = new Dependency("PostgreSQL",
            "requests are answered with 503, and jobs wait,",
            "quarkus.datasource.jdbc.url, the user and the password beside it, and the server", Duration.ofSeconds(3));
    private final Dependency objectStorage = new Dependency("Object storage",
            "sign-ups with a picture are answered with 503, and pictures are not resized,",
            "offstage.avatar.s3: its endpoint, bucket, region and keys", Duration.ofSeconds(5));

    public Dependencies(
            @ConfigProperty(name = "kafka.bootstrap.servers", defaultValue = "localhost:9092") String brokers) {
        this.kafka = new Dependency("Kafka", "committed jobs, retries and dead letters wait",
                "kafka.bootstrap.servers, which is " + brokers + ", and the brokers", Duration.ofSeconds(12));
    }

    /** Last of all that ends: from here on connections are closed, and failures are no news. */
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
