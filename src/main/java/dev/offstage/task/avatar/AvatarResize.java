package dev.offstage.task.avatar;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.narayana.jta.QuarkusTransaction;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;
import dev.offstage.user.Avatar;
import dev.offstage.user.UnreadableImage;

/**
 * Makes the three squares of an uploaded avatar. The picture is worked on outside a transaction; running it twice
 * writes the same squares again.
 */
@ApplicationScoped
public class AvatarResize implements JobHandler<AvatarResize.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("avatar-resize", Payload.class);

    private final long maxPixels;

    public AvatarResize(OffstageConfig config) {
        this.maxPixels = config.avatar().maxPixels();
    }

    /** @param userId whose avatar; the original is in the table avatar */
    public record Payload(UUID userId) {}

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) {
        UUID userId = attempt.payload().userId();
        if (userId == null) {
            throw new PermanentFailure("The job names no user: enqueue it again with \"userId\" in its payload.");
        }
        List<Avatar> squares = squares(userId, original(userId));
        QuarkusTransaction.requiringNew().run(() -> squares.forEach(Avatar::replace));
    }

    private static byte[] original(UUID userId) {
        return QuarkusTransaction.requiringNew()
                .call(() -> Avatar.find(userId, Avatar.ORIGINAL))
                .map(avatar -> avatar.content)
                .orElseThrow(() -> new PermanentFailure("There is no user " + userId
                        + " with an uploaded picture: delete this dead letter, or upload one and redrive it."));
    }

    private List<Avatar> squares(UUID userId, byte[] original) {
        Instant now = Instant.now();
        try {
            return Squares.of(original, maxPixels)
                    .stream()
                    .map(square -> new Avatar(userId, square.size(), square.contentType(), square.content(), now))
                    .toList();
        } catch (UnreadableImage e) {
            throw new PermanentFailure("The picture of user " + userId + " cannot be resized. " + e.getMessage(), e);
        }
    }
}
