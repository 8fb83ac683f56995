package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.Attempt;
import dev.offstage.job.DeadJob;
import dev.offstage.job.DeathFollower;
import dev.offstage.job.JobBatch;
import dev.offstage.job.NewJob;

/** Begins attempts, and makes of what they ask for what can be stored with their end. */
@Singleton
public class Attempts {

    private static final Logger LOG = Logger.getLogger(Attempts.class);

    private final JobProgress progress;
    private final JobPreparation preparation;
    private final ObjectMapper json;
    private final JobMetrics metrics;
    private final List<DeathFollower> followers;

    Attempts(JobProgress progress, JobPreparation preparation, ObjectMapper json, JobMetrics metrics,
            @Any Instance<DeathFollower> followers) {
        this.metrics = metrics;
        this.progress = progress;
        this.preparation = preparation;
        this.json = json;
        this.followers = followers.stream().toList();
    }

    /**
     * The attempt that a claim gives the right to.
     *
     * @param queuedAt when the queue got its record
     */
    public <P> Attempt<P> begin(Claim claim, P payload, Instant queuedAt) {
        metrics.began(claim, queuedAt);
        Delivery delivery = claim.delivery();
        return new Attempt<>(delivery.id(), delivery.attempt(), payload, delivery.createdAt(),
                progress::report);
    }

    /**
     * What an attempt that has returned leaves.
     *
     * @throws IllegalArgumentException if it has asked for what cannot be stored
     */
    public AttemptOutput output(Attempt.Requests requests) {
        List<NewJob> followUps = requests.jobs();
        List<JobBatch> asked = requests.batches();
        if (requests.result() == null && followUps.isEmpty() && asked.isEmpty()) {
            return AttemptOutput.NOTHING;
        }
        int all = followUps.size()
                + asked.stream().mapToInt(batch -> batch.jobs().size() + batch.followers().size()).sum();
        if (all > Attempt.MOST_JOBS) {
            throw new IllegalArgumentException(
                    "The attempt enqueued %d jobs, and %d are the most: let a follow-up enqueue the rest."
                            .formatted(all, Attempt.MOST_JOBS));
        }
        List<PreparedJobs> prepared = new ArrayList<>();
        if (!followUps.isEmpty()) {
            prepared.add(new PreparedJobs(followUps, preparation.prepare(followUps)));
        }
        asked.forEach(batch -> prepared.add(preparation.prepare(batch)));
        return new AttemptOutput(requests.result() == null ? null : written(requests.result()), prepared);
    }

    private String written(Object result) {
        try {
            String written = json.writeValueAsString(result);
            if (written.length() > Attempt.LARGEST_RESULT) {
                throw new IllegalArgumentException(
                        "The result has %d characters of JSON, and %d are the most: keep it elsewhere"
                                .formatted(written.length(), Attempt.LARGEST_RESULT) + " and say in the result where.");
            }
            return written;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The result cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** What is stored in the transaction in which a job dies. A follower that fails is left out: the death is not to be lost. */
    public AttemptOutput afterDeath(Delivery delivery, Failure failure) {
        if (followers.isEmpty()) {
            return AttemptOutput.NOTHING;
        }
        DeadJob dead = new DeadJob(delivery.id(), delivery.type(), delivery.key(), failure.attempt(),
                failure.failedAt(),
                failure.errorClass(), failure.errorMessage());
        List<PreparedJobs> followUps = new ArrayList<>();
        for (DeathFollower follower : followers) {
            try {
                List<NewJob> asked = follower.afterDeath(dead);
                if (!asked.isEmpty()) {
                    followUps.add(new PreparedJobs(asked, preparation.prepare(asked)));
                }
            } catch (RuntimeException e) {
                LOG.errorf(e, "What should follow the death of job %s is left out: report this error", delivery.id());
            }
        }
        return followUps.isEmpty() ? AttemptOutput.NOTHING : new AttemptOutput(null, followUps);
    }
}
