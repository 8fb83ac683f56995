package dev.offstage.queue.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.eclipse.microprofile.config.Config;

import io.smallrye.reactive.messaging.ClientCustomizer;

/** Lets a lane's consumer be watched: what it has read is known nowhere else. */
@ApplicationScoped
class LaneConsumers implements ClientCustomizer<Map<String, Object>> {

    @Override
    public Map<String, Object> customize(String channel, Config settings, Map<String, Object> client) {
        if (settings.getOptionalValue("commit-strategy", String.class)
                .filter(LaneCommits.STRATEGY::equals)
                .isPresent()) {
            List<Object> interceptors = new ArrayList<>(List.of(PolledOffsets.class.getName()));
            Object others = client.get(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
            if (others != null) {
                interceptors.addAll(List.of(others.toString().split("\\s*,\\s*")));
            }
            client.put(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, interceptors);
            client.put(PolledOffsets.UNSETTLED, new UnsettledOffsets(System::nanoTime));
        }
        return client;
    }
}
