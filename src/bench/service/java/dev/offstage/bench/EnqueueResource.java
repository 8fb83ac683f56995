package dev.offstage.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;

import org.jboss.resteasy.reactive.RestQuery;

import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;

/** A producer inside the service: enqueues no-op jobs as fast as it can. */
@Path("/bench/enqueue")
@PermitAll
public class EnqueueResource {

    private final Jobs jobs;

    EnqueueResource(Jobs jobs) {
        this.jobs = jobs;
    }

    /**
     * Returns how many seconds it took until the last job was committed.
     *
     * @param count how many jobs in all
     * @param perCall how many of them with each call of {@link Jobs#enqueue}
     * @param inFlight how many calls at once
     * @param payload of each job
     */
    @POST
    public double enqueue(@RestQuery int count, @RestQuery int perCall, @RestQuery int inFlight, NoOp.Payload payload)
            throws InterruptedException, ExecutionException {
        AtomicInteger left = new AtomicInteger(count);
        ExecutorService producers = Executors.newFixedThreadPool(inFlight);
        long start = System.nanoTime();
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            done.add(producers.submit(() -> produce(left, perCall, payload)));
        }
        for (Future<?> producer : done) {
            producer.get();
        }
        producers.shutdown();
        return (System.nanoTime() - start) / 1e9;
    }

    private void produce(AtomicInteger left, int perCall, NoOp.Payload payload) {
        for (int before = left.getAndAdd(-perCall); before > 0; before = left.getAndAdd(-perCall)) {
            List<NewJob> batch = new ArrayList<>();
            for (int i = 0; i < Math.min(perCall, before); i++) {
                batch.add(new NewJob("no-op", payload, "key-" + (before - i)));
            }
            jobs.enqueue(batch);
        }
    }
}
