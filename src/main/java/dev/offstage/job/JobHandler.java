package dev.offstage.job;

/**
 * The work of one job type. Make it an {@code @ApplicationScoped} bean and add a block of settings under
 * {@code offstage.jobs.<type>}: topics, lane, retries, dead letters and console follow.
 *
 * <p>The same attempt may run twice when a worker dies in the middle of it, so an external effect should carry
 * {@link Attempt#jobId()} for the other side to recognise a repeat.
 *
 * @param <P> the payload: a record that Jackson can read and write
 */
public interface JobHandler<P> {

    /** The type that this handler works on; never null, the same at every call. */
    JobType<P> type();

    /**
     * Does the work. Blocking is fine; the thread is interrupted when the type's timeout has passed.
     *
     * @throws PermanentFailure when no later attempt can succeed: the job becomes a dead letter at once
     * @throws RetryLater when the other side said how long to wait
     * @throws Exception any other failure: the job is tried again as the ladder says
     */
    void handle(Attempt<P> attempt) throws Exception;
}
