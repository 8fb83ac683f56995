package dev.offstage.task.avatar;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.configuration.MemorySize;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;
import dev.offstage.picture.Avatar;
import dev.offstage.picture.Originals;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.DecodingMemory;
import dev.offstage.picture.square.Renditions;
import dev.offstage.picture.square.Squares;

/**
 * Makes the three squares of an uploaded avatar, and three more that move of an animated GIF. The file is worked on
 * outside a transaction; running it twice writes the same squares again.
 */
@ApplicationScoped
public class AvatarResize implements JobHandler<AvatarResize.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("avatar-resize", Payload.class);

    /**
     * How long an attempt waits for memory. Together with the longest time that decoding may take it is less than the type's
     * timeout of a minute.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final AvatarLimits limits;
    private final DecodingMemory memory;
    private final Originals originals;

    public AvatarResize(OffstageConfig config, Originals originals) {
        this.limits = new AvatarLimits(config.avatar().maxPixels(), config.avatar().maxAnimationPixels(),
                config.avatar()
                        .decodingMemory()
                        .map(MemorySize::asLongValue)
                        .orElseGet(AvatarLimits::usualDecodingMemory));
        this.memory = new DecodingMemory(limits, PATIENCE);
        this.originals = originals;
    }

    /** @param userId whose avatar; the original is where {@link Originals} keeps it */
    @RegisterForReflection
    public record Payload(UUID userId) {

        /** @throws IllegalArgumentException if there is no user; the message says what to send */
        public Payload {
            if (userId == null) {
                throw new IllegalArgumentException("Send the id of a user as \"userId\".");
            }
        }
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws SQLException, InterruptedException {
        UUID userId = attempt.payload().userId();
        List<Avatar> avatars = avatars(userId, original(userId), attempt);
        QuarkusTransaction.requiringNew().run(() -> avatars.forEach(Avatar::replace));
    }

    private byte[] original(UUID userId) throws SQLException {
        return originals.find(userId)
                .orElseThrow(() -> new PermanentFailure("There is no user " + userId
                        + " with an uploaded picture: delete this dead letter, or upload one and redrive it."));
    }

    private List<Avatar> avatars(UUID userId, byte[] original, Attempt<Payload> attempt) throws InterruptedException {
        Instant now = Instant.now();
        try {
            Renditions renditions = Renditions.of(original, limits, memory, attempt::progress);
            return Stream.concat(renditions.stills().stream().map(square -> avatar(userId, square, false, now)),
                    renditions.animations().stream().map(square -> avatar(userId, square, true, now))).toList();
        } catch (UnreadableImage e) {
            throw new PermanentFailure("The picture of user " + userId + " cannot be resized. " + e.getMessage(), e);
        }
    }

    private static Avatar avatar(UUID userId, Squares.Square square, boolean animated, Instant now) {
        return new Avatar(userId, square.size(), animated, square.contentType(), square.content(), now);
    }
}
