package dev.offstage.queue;

/** The names of the consumer groups. Operators see them in Kafka's own tools. */
public final class ConsumerGroups {

    /** Of all relays together: who sends waiting records back to their queues. */
    public static final String LADDER = "offstage.ladder";

    private ConsumerGroups() {
    }

    /** Of the workers that run jobs of a type. */
    public static String ofLane(String type) {
        return "offstage." + type;
    }
}
