package dev.offstage.queue.lane;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.eclipse.microprofile.config.spi.ConfigSource;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;

import dev.offstage.config.LaneSelection;
import dev.offstage.config.Role;
import dev.offstage.queue.ConsumerGroups;
import dev.offstage.queue.KafkaClients;

/**
 * Gives every job type an incoming channel of its name: a person who writes {@code offstage.jobs.<type>.…} need not repeat
 * it in the words of the Kafka connector. Anything set under {@code mp.messaging.incoming.<type>.…} wins.
 */
public class LaneChannels implements ConfigSourceFactory {

    private static final Pattern SETTING = Pattern
            .compile(
                    "offstage\\.jobs\\.\"?([a-z][a-z0-9-]*)\"?\\.(concurrency|prefetch|timeout|partitions|rate-limit|threads|retry\\.immediate|retry\\.delays)");

    /** Below application.properties, so that a channel can still be set there. */
    private static final int ORDINAL = 200;

    /** As in the settings. */
    private static final int USUAL_PARTITIONS = 12;
    private static final int USUAL_PREFETCH = 500;
    /** How long a lane may take to get going; while it is idle, each poll costs processor time. */
    private static final int GET_GOING_MS = 600;
    private static final int SHORTEST_POLL_MS = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Map<String, String> channels = new HashMap<>();
        Predicate<String> open = openLanes(context);
        context.iterateNames().forEachRemaining(name -> {
            Matcher setting = SETTING.matcher(name);
            if (setting.matches()) {
                String type = setting.group(1);
                describe(type, open.test(type), number(context, type, "partitions", USUAL_PARTITIONS),
                        number(context, type, "prefetch", USUAL_PREFETCH), channels);
            }
        });
        return List.of(new PropertiesConfigSource(channels, "offstage lanes", ORDINAL));
    }

    /** Of which types this process runs jobs. */
    private static Predicate<String> openLanes(ConfigSourceContext context) {
        boolean worker = value(context, "offstage.roles")
                .map(roles -> roles.toUpperCase(Locale.ROOT).contains(Role.WORKER.name()))
                .orElse(true);
        Optional<LaneSelection> lanes = value(context, "offstage.lanes").filter(written -> !written.isBlank())
                .flatMap(LaneChannels::selection);
        return type -> worker && lanes.map(selection -> selection.has(type)).orElse(true);
    }

    /** A wrong value is reported where {@link dev.offstage.config.OffstageConfig} reads the setting, so it counts for nothing here. */
    private static Optional<LaneSelection> selection(String written) {
        try {
            return Optional.of(LaneSelection.of(written));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> value(ConfigSourceContext context, String name) {
        return Optional.ofNullable(context.getValue(name)).map(ConfigValue::getValue);
    }

    /** As with the lanes. */
    private static int number(ConfigSourceContext context, String type, String setting, int usual) {
        return value(context, "offstage.jobs." + type + "." + setting)
                .filter(written -> written.matches("[1-9]\\d{0,5}"))
                .map(Integer::parseInt)
                .orElse(usual);
    }

    private static void describe(String type, boolean open, int partitions, int prefetch,
            Map<String, String> channels) {
        String channel = "mp.messaging.incoming." + type + ".";
        channels.put(channel + "enabled", Boolean.toString(open));
        channels.put(channel + "connector", "smallrye-kafka");
        channels.put(channel + "topic", type);
        channels.put(channel + "group.id", ConsumerGroups.ofLane(type));
        channels.put(channel + "auto.offset.reset", "earliest");
        // What another program rolled back never runs, and what it has not committed yet waits.
        channels.put(channel + "isolation.level", KafkaClients.READ_COMMITTED);
        channels.put(channel + "allow.auto.create.topics", "false");
        channels.put(channel + "key.deserializer", ByteArrayDeserializer.class.getName());
        channels.put(channel + "value.deserializer", ByteArrayDeserializer.class.getName());
        // The first record of each partition waits until the thread that polls has looked up where the last worker stopped:
        // with the connector's usual second, a lane of twelve partitions takes twelve of them to get going.
        channels.put(channel + "poll-timeout", Integer.toString(Math.max(SHORTEST_POLL_MS, GET_GOING_MS / partitions)));
        // The connector holds up to three times as many.
        channels.put(channel + "max.poll.records", Integer.toString((prefetch + 1) / 2));
        // The spans of a job are ours: the connector's would tell of the record alone, and not of attempts that follow.
        channels.put(channel + "tracing-enabled", "false");
        // The reader of records looks at the headers. The connector would give up the lane over one that has no value.
        channels.put(channel + "cloud-events", "false");
        // The client is made when the lane starts, not while everything else waits for it.
        channels.put(channel + "lazy-client", "true");
        channels.put(channel + "commit-strategy", LaneCommits.STRATEGY);
        channels.put(channel + "auto.commit.interval.ms", "1000");
        // A job may run as long as its timeout allows: an old unacknowledged record is no sign of trouble.
        channels.put(channel + "throttled.unprocessed-record-max-age.ms", "0");
        // A worker that was killed leaves its partitions to others after this time.
        channels.put(channel + "session.timeout.ms", "6000");
        channels.put(channel + "heartbeat.interval.ms", "1500");
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }
}
