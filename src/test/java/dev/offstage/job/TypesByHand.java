package dev.offstage.job;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.inject.Instance;

import dev.offstage.config.ConfigByHand;
import dev.offstage.config.OffstageConfig;

/** Job types without a service that has them. */
public final class TypesByHand {

    private TypesByHand() {
    }

    /** One type, whose jobs have texts as payloads and do nothing. */
    public static JobTypes named(String name, Duration timeout) {
        return with(name, timeout, attempt -> {});
    }

    /** What a handler does. */
    public interface Work {
        void with(Attempt<String> attempt) throws Exception;
    }

    /** One type, whose jobs have texts as payloads. */
    public static JobTypes with(String name, Duration timeout, Work work) {
        JobHandler<String> handler = new JobHandler<>() {

            @Override
            public JobType<String> type() {
                return new JobType<>(name, String.class);
            }

            @Override
            public void handle(Attempt<String> attempt) throws Exception {
                work.with(attempt);
            }
        };
        OffstageConfig config = ConfigByHand.with(Map.of("offstage.jobs." + name + ".concurrency", "2",
                "offstage.jobs." + name + ".timeout", timeout.toMillis() + "ms"));
        return new JobTypes(instance(handler), config);
    }

    /** All that is asked of it is to be gone through. */
    @SuppressWarnings("unchecked")
    private static Instance<JobHandler<?>> instance(JobHandler<?> handler) {
        return (Instance<JobHandler<?>>) Proxy.newProxyInstance(
                TypesByHand.class.getClassLoader(), new Class<?>[]{Instance.class},
                (proxy, method, arguments) -> List.of(handler).iterator());
    }
}
