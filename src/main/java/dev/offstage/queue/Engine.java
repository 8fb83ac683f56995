package dev.offstage.queue;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;
import dev.offstage.job.ledger.Heartbeat;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/** Starts its parts once Kafka has the topics, and ends them in an order that loses no attempt. */
@Singleton
class Engine {

    private static final Logger LOG = Logger.getLogger(Engine.class);
    private static final long PAUSE_MS = 1_000;

    /** After everything else has started, and before anything else stops. */
    private static final int LAST = Integer.MAX_VALUE;

    private final List<EnginePart> parts;
    private final Topics topics;
    private final Heartbeat heartbeat;
    private final Dependency kafka;
    private final boolean works;
    private Thread starter;
    private boolean stopping;

    Engine(@All List<EnginePart> parts, Topics topics, Heartbeat heartbeat, OffstageConfig config,
            Dependencies dependencies) {
        this.parts = parts;
        this.topics = topics;
        this.heartbeat = heartbeat;
        this.kafka = dependencies.kafka();
        this.works = config.has(Role.RELAY) || config.has(Role.WORKER);
    }

    /** Kafka may be down: sign-ups work without it, so it is waited for beside the start. */
    void start(@Observes @Priority(LAST) StartupEvent event) {
        if (!works) {
            return;
        }
        starter = new Thread(this::startWhenKafkaIsThere, "offstage-start");
        starter.setDaemon(true);
        starter.start();
    }

    private void startWhenKafkaIsThere() {
        try {
            while (!createTopics()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            return; // by stop()
        }
        startParts();
    }

    private synchronized void startParts() {
        if (!stopping) {
            parts.forEach(EnginePart::start);
        }
    }

    /** A name that does not resolve is Kafka's client's to throw, before there is any connection to fail. */
    private boolean createTopics() throws InterruptedException {
        try {
            topics.createMissing();
            kafka.worked();
            return true;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            kafka.failed(e);
            return false;
        }
    }

    void stop(@Observes @Priority(1) ShutdownEvent event) {
        if (starter == null) {
            return;
        }
        synchronized (this) { // parts that are being started have all started then, and are stopped
            stopping = true;
        }
        starter.interrupt();
        List<EnginePart> lastFirst = new ArrayList<>(parts);
        Collections.reverse(lastFirst);
        lastFirst.forEach(EnginePart::stop);
        try {
            heartbeat.signOff();
        } catch (SQLException e) {
            LOG.warnf("PostgreSQL cannot be reached; other workers will take over this one's jobs: %s", e.getMessage());
        }
    }
}
