package dev.offstage.queue.ladder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

import dev.offstage.queue.RecordFormat;

class WaitingRoomTest {

    private static final long SHARE = 512 * 1024;

    private static final long NOW = 1_000_000;
    private static final long DELAY = 4_000;

    private final WaitingRoom room = new WaitingRoom(DELAY);

    @Test
    void holdsTheHeadUntilItIsDue() {
        room.add(List.of(waiting(7, NOW + 500), waiting(8, NOW + 600)), NOW);

        assertThat(due(NOW + 499)).isEmpty();
        assertThat(room.nextDueAt()).isEqualTo(NOW + 500);
        assertThat(due(NOW + 500)).containsExactly(7L);
        assertThat(room.firstOffset()).isEqualTo(8);
        assertThat(due(NOW + 600)).containsExactly(8L);
        assertThat(room.firstOffset()).isEqualTo(-1);
    }

    @Test
    void nothingWaitsLongerThanItsRung() {
        room.add(List.of(waiting(1, Long.MAX_VALUE), waiting(2, NOW + 1)), NOW);

        assertThat(room.nextDueAt()).isEqualTo(NOW + DELAY);
        assertThat(due(NOW + DELAY)).containsExactly(1L, 2L);
    }

    @Test
    void whatDoesNotSayWhenItIsDueIsDueNow() {
        room.add(List.of(record(1, null), record(2, "tomorrow"), record(3, "-5")), NOW);

        assertThat(due(NOW)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void whatCouldNotBeSentIsStillTheFirst() {
        room.add(List.of(waiting(1, NOW), waiting(2, NOW)), NOW);
        List<ConsumerRecord<byte[], byte[]>> taken = new ArrayList<>();
        room.takeDue(NOW, 1, taken);

        room.putBack(taken.get(0));

        assertThat(room.firstOffset()).isEqualTo(1);
        assertThat(due(NOW)).containsExactly(1L, 2L);
    }

    @Test
    void aFewLargeRecordsFillItAsManySmallOnesDo() {
        var large = new ConsumerRecord<byte[], byte[]>("mail.retry-4s", 0, 1, NOW, TimestampType.CREATE_TIME, 0,
                1_000_000, null, new byte[0], new RecordHeaders(), Optional.empty());
        room.add(List.of(large), NOW);
        assertThat(room.isFull(SHARE)).isTrue();
        assertThat(room.runsLow(SHARE)).isFalse();

        due(NOW);

        assertThat(room.isFull(SHARE)).isFalse();
        assertThat(room.runsLow(SHARE)).isTrue();
    }

    private List<Long> due(long now) {
        List<ConsumerRecord<byte[], byte[]>> due = new ArrayList<>();
        room.takeDue(now, 100, due);
        return due.stream().map(ConsumerRecord::offset).toList();
    }

    private static ConsumerRecord<byte[], byte[]> waiting(long offset, long dueAt) {
        return record(offset, Long.toString(dueAt));
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, String dueAt) {
        var record = new ConsumerRecord<byte[], byte[]>("mail.retry-4s", 0, offset, null, new byte[0]);
        if (dueAt != null) {
            record.headers().add(RecordFormat.DUE_AT, dueAt.getBytes(UTF_8));
        }
        return record;
    }
}
