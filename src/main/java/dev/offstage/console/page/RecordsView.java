package dev.offstage.console.page;

import java.time.Instant;
import java.util.List;

import dev.offstage.queue.JobRecords;

/**
 * Where a job lies in Kafka.
 *
 * @param whole whether all was searched that may hold one
 */
record RecordsView(List<Line> lines, boolean whole) {

    /** @param coordinates topic-partition@offset */
    record Line(String coordinates, String attempt, Instant at) {}

    static RecordsView of(JobRecords.Found found) {
        return new RecordsView(found.records()
                .stream()
                .map(one -> new Line(one.topic() + "-" + one.partition() + "@" + one.offset(), one.attempt(), one.at()))
                .toList(), found.whole());
    }
}
