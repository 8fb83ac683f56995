package dev.offstage.queue;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;

import dev.offstage.background.DaemonThreads;

/** Sends records without ever blocking the caller, as {@link Producer#send} does while it waits for metadata. */
@ApplicationScoped
public class Publisher {

    private static final int QUEUE = 10_000;

    private final Producer<byte[], byte[]> producer;
    private final ExecutorService sender = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE), new DaemonThreads("publisher"));

    public Publisher(Producer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    /** Completes when Kafka has acknowledged the record; fails when it did not in time, or too many wait already. */
    public CompletionStage<Void> send(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> acknowledged = new CompletableFuture<>();
        try {
            sender.execute(() -> sendNow(record, acknowledged));
        } catch (RejectedExecutionException e) {
            acknowledged.completeExceptionally(e);
        }
        return acknowledged;
    }

    /** The same on the caller's own thread, which may block for some seconds while Kafka cannot be reached. */
    public CompletableFuture<Void> sendNow(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> acknowledged = new CompletableFuture<>();
        sendNow(record, acknowledged);
        return acknowledged;
    }

    /** Whether the send failed at once, for a reason that time can mend. */
    public static boolean isKafkaGone(CompletableFuture<Void> send) {
        return send.isCompletedExceptionally()
                && send.handle((done, failure) -> failure).join() instanceof RetriableException;
    }

    private void sendNow(ProducerRecord<byte[], byte[]> record, CompletableFuture<Void> acknowledged) {
        try {
            producer.send(record, (metadata, failure) -> {
                if (failure == null) {
                    acknowledged.complete(null);
                } else {
                    acknowledged.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            acknowledged.completeExceptionally(e);
        }
    }

    @PreDestroy
    void close() {
        sender.shutdown();
    }
}
