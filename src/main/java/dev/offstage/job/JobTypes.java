package dev.offstage.job;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;

import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.JobSettings;
import dev.offstage.config.LaneSelection;
import dev.offstage.config.OffstageConfig;

/** Every job type of this service: its handler and its settings. */
@Singleton
@Startup
public class JobTypes {

    /**
     * A handler and the settings of its type.
     *
     * @param <P> the payload
     */
    public record Entry<P>(JobHandler<P> handler, JobSettings settings, RetryPolicy retries) {

        public JobType<P> type() {
            return handler.type();
        }

        public String name() {
            return type().name();
        }
    }

    private final Map<String, Entry<?>> byName = new TreeMap<>();

    /**
     * @throws ConfigurationException if a handler has no settings, settings have no handler, two handlers share a type, or
     *         the ladder is none, or this process is to run jobs of a type that is not there
     */
    JobTypes(@Any Instance<JobHandler<?>> handlers, OffstageConfig config) {
        for (JobHandler<?> handler : handlers) {
            String name = handler.type().name();
            JobSettings settings = config.jobs().get(name);
            if (settings == null) {
                throw new ConfigurationException(
                        "The job type " + name + " has a handler but no settings: add at least "
                                + "offstage.jobs." + name + ".concurrency to application.properties.");
            }
            RetryPolicy retries = retries(name, settings, config);
            if (byName.put(name, new Entry<>(handler, settings, retries)) != null) {
                throw new ConfigurationException("Two handlers have the job type " + name + ": rename one of them.");
            }
        }
        config.lanes().map(LaneSelection::types).ifPresent(this::checkKnown);
        TreeSet<String> orphans = new TreeSet<>(config.jobs().keySet());
        orphans.removeAll(byName.keySet());
        if (!orphans.isEmpty()) {
            throw new ConfigurationException("There are settings under offstage.jobs for " + String.join(", ", orphans)
                    + " but no handler: write a JobHandler for each, or remove the settings.");
        }
    }

    private void checkKnown(Set<String> types) {
        Set<String> unknown = new TreeSet<>(types);
        unknown.removeAll(byName.keySet());
        if (!unknown.isEmpty()) {
            throw new ConfigurationException("offstage.lanes names " + String.join(", ", unknown)
                    + ", and there is no such job type; there are " + String.join(", ", byName.keySet()) + ".");
        }
    }

    private static RetryPolicy retries(String name, JobSettings settings, OffstageConfig config) {
        try {
            return new RetryPolicy(settings.retry().immediate(),
                    settings.retry().delays().orElse(config.retry().delays()));
        } catch (IllegalArgumentException e) {
            String setting = settings.retry().delays().isPresent()
                    ? "offstage.jobs." + name + ".retry.delays"
                    : "offstage.retry.delays";
            // without its cause Quarkus prints the message alone
            throw new ConfigurationException(setting + " " + e.getMessage());
        }
    }

    public Collection<Entry<?>> all() {
        return byName.values();
    }

    public Optional<Entry<?>> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** @throws IllegalArgumentException if there is no such type */
    public Entry<?> get(String name) {
        Entry<?> entry = byName.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "There is no job type " + name + "; there are " + String.join(", ", byName.keySet()) + ".");
        }
        return entry;
    }
}
