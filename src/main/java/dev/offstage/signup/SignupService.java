package dev.offstage.signup;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;

import io.agroal.api.AgroalDataSource;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.health.Dependencies;
import dev.offstage.http.Problem;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.OutboxJob;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.Transaction;
import dev.offstage.user.AppUser;
import dev.offstage.user.Avatar;
import dev.offstage.user.ImageHeader;
import dev.offstage.user.UnreadableImage;

/** Commits a user, an avatar and their jobs together; sign-ups that come at the same time share a transaction. */
@ApplicationScoped
class SignupService {

    /**
     * A sign-up on its way into PostgreSQL.
     *
     * @param picture null for none
     */
    record Signup(AppUser user, Avatar picture, List<OutboxJob> jobs) {}

    /** Whoever signs up is told within two seconds if that is not possible now. */
    private static final Duration PATIENCE = Duration.ofMillis(1_500);
    private static final int AT_ONCE = 2;

    /** Megabytes on their way to the disk would hold up whoever shares their transaction. */
    private static final int LARGE_PICTURE = 64 * 1024;
    private static final int LARGE_PICTURES_AT_ONCE = 4;

    private final Jobs jobs;
    private final Clock clock;
    private final long maxPixels;
    private final GroupCommit<Signup, Boolean> shared;
    private final GroupCommit<Signup, Boolean> alone;

    SignupService(Jobs jobs, Clock clock, OffstageConfig config, AgroalDataSource dataSource,
            Dependencies dependencies) {
        this.jobs = jobs;
        this.clock = clock;
        this.maxPixels = config.avatar().maxPixels();
        int callers = config.api().maxRequests();
        this.shared = new GroupCommit<>("signups", new GroupCommit.Terms(callers, callers, AT_ONCE, PATIENCE),
                dataSource, dependencies.postgresql(), this::store);
        this.alone = new GroupCommit<>("pictures",
                new GroupCommit.Terms(callers, 1, LARGE_PICTURES_AT_ONCE, PATIENCE), dataSource,
                dependencies.postgresql(),
                this::store);
    }

    /**
     * The sign-up once it is committed; fails with a {@link WebApplicationException} 409 if the address is taken.
     *
     * @throws WebApplicationException 415 if the avatar is no picture that is read here
     */
    CompletionStage<Signup> signUp(NewUser newUser) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        AppUser user = new AppUser(UuidCreator.getTimeOrderedEpoch(), newUser.email(), newUser.name(), now);
        Avatar picture = newUser.avatar() == null ? null : picture(user, newUser.avatar());
        Signup signup = new Signup(user, picture, jobs.prepare(jobsOf(user, picture != null)));
        boolean large = picture != null && picture.content.length > LARGE_PICTURE;
        return (large ? alone : shared).submit(signup).thenApply(stored -> {
            if (!stored) {
                throw new WebApplicationException(Problem.of(409,
                        "This e-mail address is taken: sign up with another one.").response());
            }
            return signup;
        });
    }

    private Avatar picture(AppUser user, byte[] content) {
        try {
            ImageHeader header = ImageHeader.read(content, maxPixels);
            return new Avatar(user.id, Avatar.ORIGINAL, header.contentType(), content, user.createdAt);
        } catch (UnreadableImage e) {
            throw new WebApplicationException(e.getMessage(), Problem.of(415, e.getMessage()).response());
        }
    }

    private List<Boolean> store(Connection connection, List<Signup> signups) throws SQLException {
        List<OutboxJob> enqueued = new ArrayList<>();
        Set<UUID> stored = Transaction.run(connection, () -> {
            Set<UUID> users = AppUser.storeUnlessTaken(connection, signups.stream().map(Signup::user).toList());
            List<Signup> fresh = signups.stream().filter(signup -> users.contains(signup.user.id)).toList();
            Avatar.store(connection, fresh.stream().map(Signup::picture).filter(Objects::nonNull).toList());
            fresh.forEach(signup -> enqueued.addAll(signup.jobs));
            jobs.insert(connection, enqueued);
            return users;
        });
        jobs.committed(enqueued);
        return signups.stream().map(signup -> stored.contains(signup.user.id)).toList();
    }

    private static List<NewJob> jobsOf(AppUser user, boolean withAvatar) {
        String key = user.id.toString();
        List<NewJob> jobs = new ArrayList<>();
        jobs.add(new NewJob("welcome-email", Map.of("userId", user.id, "email", user.email, "name", user.name), key));
        if (withAvatar) {
            jobs.add(new NewJob("avatar-resize", Map.of("userId", user.id), key));
        }
        jobs.add(new NewJob("analytics-sync", Map.of("userId", user.id, "email", user.email, "name", user.name,
                "signedUpAt", user.createdAt), key));
        return jobs;
    }

    @PreDestroy
    void close() {
        shared.close();
        alone.close();
    }
}
