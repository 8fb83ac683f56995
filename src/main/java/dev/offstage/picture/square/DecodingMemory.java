package dev.offstage.picture.square;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.offstage.job.WorkerBusy;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.UnreadableImage;

/**
 * The memory that all decoders of this process share, first come, first served. Each takes its share before it begins: of
 * four large pictures, two are decoded and two wait.
 */
public final class DecodingMemory {

    private static final int KIB = 1024;

    private final AvatarLimits limits;
    private final Duration patience;
    private final Semaphore kibibytes;

    /**
     * What one decoder does with its share.
     *
     * @param <T> what it makes
     */
    interface Decoding<T> {
        T run() throws UnreadableImage, InterruptedException;
    }

    /** @param patience how long one waits for its turn: with what decoding takes at most, less than an attempt may take */
    public DecodingMemory(AvatarLimits limits, Duration patience) {
        this.limits = limits;
        this.patience = patience;
        this.kibibytes = new Semaphore((int) Math.min(Integer.MAX_VALUE, limits.decodingMemory() / KIB), true);
    }

    /**
     * Waits for a share, and gives it back when the decoder is done.
     *
     * @throws UnreadableImage if there can never be one of this size
     * @throws WorkerBusy if others hold too much for too long
     */
    <T> T with(DecodingCost cost, Decoding<T> decoding) throws UnreadableImage, InterruptedException {
        limits.check(cost);
        int share = (int) Math.min(Integer.MAX_VALUE, cost.bytes() / KIB);
        if (!kibibytes.tryAcquire(share, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new WorkerBusy("Other pictures are being decoded here, and together they take the memory that is set"
                    + " aside for it.");
        }
        try {
            return decoding.run();
        } finally {
            kibibytes.release(share);
        }
    }
}
