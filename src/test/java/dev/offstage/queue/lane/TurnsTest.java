package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class TurnsTest {

    private final Turns<String> turns = new Turns<>();

    @Test
    void eachPartitionLetsOneGoInTurn() {
        add(0, "a1", "a2", "a3");
        add(1, "b1");
        add(2, "c1", "c2");

        assertThat(rest()).containsExactly("a1", "b1", "c1", "a2", "c2", "a3");
    }

    @Test
    void aPartitionWhoseLineHasEndedComesBackLast() {
        add(0, "a1");
        add(1, "b1", "b2");
        assertThat(turns.remove()).isEqualTo("a1");

        add(0, "a2");

        assertThat(rest()).containsExactly("b1", "a2", "b2");
    }

    private void add(int partition, String... items) {
        for (String item : items) {
            turns.add(partition, item);
        }
    }

    private List<String> rest() {
        List<String> rest = new ArrayList<>();
        while (!turns.isEmpty()) {
            rest.add(turns.remove());
        }
        return rest;
    }
}
