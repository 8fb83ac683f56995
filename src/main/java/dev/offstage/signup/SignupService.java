package dev.offstage.signup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.mutiny.infrastructure.Infrastructure;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.background.Timer;
import dev.offstage.config.OffstageConfig;
import dev.offstage.http.Problem;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.JobStore;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.picture.AvatarUpload;
import dev.offstage.picture.OriginalAvatar;
import dev.offstage.picture.Originals;
import dev.offstage.picture.OriginalsUnavailable;
import dev.offstage.picture.TooLargeUpload;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.GroupCommit;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.Transaction;
import dev.offstage.task.webhook.Subscriptions;
import dev.offstage.task.webhook.WebhookEvent;
import dev.offstage.user.AppUser;
import dev.offstage.user.EmailAddress;

/** Commits a user, an avatar and their jobs together; sign-ups that come at the same time share a transaction. */
@ApplicationScoped
class SignupService {

    /**
     * A sign-up on its way into PostgreSQL.
     *
     * @param picture null for none that the transaction has to keep
     * @param jobs those of the user, and those that tell other systems
     */
    record Signup(AppUser user, OriginalAvatar picture, List<OutboxJob> jobs) {

        boolean hasLargePicture() {
            return picture != null && !picture.isSmall();
        }
    }

    /** Of the jobs that a sign-up makes for its user. */
    static final Set<String> TYPES = Set.of("welcome-email", "avatar-resize", "analytics-sync");

    /** One round trip, which is a transaction of its own unless a large picture follows. The key of a job is its user's id. */
    private static final String INSERT = "with stored as (" + AppUser.INSERT_UNLESS_TAKEN + "), "
            + JobStore.queriesWhere("key in (select id::text from stored)") + ", pictured as ("
            + OriginalAvatar.INSERT_SMALL
            + "where user_id in (select id from stored)) select id from stored";

    /** How long a sign-up waits for PostgreSQL: a caller is told within two seconds if it is not possible now. */
    private static final Duration PATIENCE = Duration.ofMillis(1_500);
    private static final int AT_ONCE = 2;
    private static final String RETRY_AFTER_SECONDS = "2";

    /** Large pictures have transactions of their own: in a shared one, all others would wait until the megabytes are on the disk. */
    private static final int LARGE_PICTURES_AT_ONCE = 4;
    /** Longer, for twenty large pictures take seconds on a slow disk. That PostgreSQL is gone is noticed as early as without one. */
    private static final Duration PATIENCE_WITH_LARGE_PICTURES = Duration.ofSeconds(5);

    /**
     * Where answers must not tell whether the address was taken, none comes earlier than this. It is longer than either case
     * takes.
     */
    private static final Duration UNTOLD = Duration.ofMillis(100);

    private final boolean revealTaken;
    private final TakenAddresses takenAddresses;
    private final JobStore jobs;
    private final Subscriptions subscriptions;
    private final Clock clock;
    private final AvatarLimits limits;
    private final Originals originals;
    private final GroupCommit<Signup, Boolean> shared;
    private final GroupCommit<Signup, Boolean> alone;

    SignupService(JobStore jobs, TakenAddresses takenAddresses, Subscriptions subscriptions, Originals originals,
            Clock clock, OffstageConfig config,
            AgroalDataSource dataSource, Dependencies dependencies, Timer timer) {
        this.revealTaken = config.signup().revealTaken();
        this.takenAddresses = takenAddresses;
        this.jobs = jobs;
        this.subscriptions = subscriptions;
        this.originals = originals;
        this.clock = clock;
        this.limits = new AvatarLimits(config.avatar().maxPixels(), config.avatar().maxAnimationPixels(),
                config.avatar()
                        .decodingMemory()
                        .map(MemorySize::asLongValue)
                        .orElseGet(AvatarLimits::usualDecodingMemory));
        int callers = config.api().maxRequests();
        this.shared = new GroupCommit<>("signups", new GroupCommit.Terms(callers, callers, AT_ONCE, PATIENCE),
                dataSource, dependencies.postgresql(), timer, this::store);
        this.alone = new GroupCommit<>("pictures",
                new GroupCommit.Terms(callers, 1, LARGE_PICTURES_AT_ONCE, PATIENCE_WITH_LARGE_PICTURES), dataSource,
                dependencies.postgresql(), timer, this::storeWithLargePictures);
    }

    /**
     * The sign-up once it is committed. If the address is taken it fails with a {@link WebApplicationException} 409, or, where that
     * is not to be revealed, nothing was stored but a mail to the owner.
     *
     * @throws WebApplicationException 413 if the avatar has too many bytes, 415 if it is none that is read here, 503 if it cannot be
     *         kept now
     */
    CompletionStage<Signup> signUp(NewUser newUser) {
        long start = System.nanoTime();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        AppUser user = new AppUser(UuidCreator.getTimeOrderedEpoch(), newUser.email(), newUser.name(), now);
        boolean withAvatar = newUser.avatar() != null;
        OriginalAvatar picture = withAvatar ? keep(picture(user, newUser.avatar())) : null;
        Signup signup = new Signup(user, picture, jobs.prepare(jobsOf(user, withAvatar)));
        CompletionStage<Signup> answer = (signup.hasLargePicture() ? alone : shared).submit(signup)
                .thenCompose(stored -> stored
                        ? CompletableFuture.completedStage(signup)
                        : taken(newUser.email()).thenApply(told -> signup));
        return revealTaken ? answer : answer.thenCompose(done -> notBefore(start + UNTOLD.toNanos(), done));
    }

    private CompletionStage<Void> taken(EmailAddress address) {
        if (revealTaken) {
            throw new WebApplicationException(Problem.of(409,
                    "This e-mail address is taken: sign up with another one.").response());
        }
        return CompletableFuture.runAsync(() -> takenAddresses.tell(address), Infrastructure.getDefaultWorkerPool());
    }

    private static <T> CompletionStage<T> notBefore(long nanoTime, T answer) {
        return CompletableFuture.supplyAsync(() -> answer, CompletableFuture.delayedExecutor(
                Math.max(0, nanoTime - System.nanoTime()), TimeUnit.NANOSECONDS,
                Infrastructure.getDefaultWorkerPool()));
    }

    private OriginalAvatar keep(OriginalAvatar picture) {
        try {
            return originals.keep(picture);
        } catch (OriginalsUnavailable e) {
            throw new WebApplicationException(e, Response.fromResponse(Problem.of(503,
                    "The picture cannot be kept right now: try again in a moment, or sign up without it.").response())
                    .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                    .build());
        }
    }

    private OriginalAvatar picture(AppUser user, Path file) {
        try {
            return new OriginalAvatar(user.id, AvatarUpload.check(file, limits, Ffmpeg.installed()), user.createdAt);
        } catch (TooLargeUpload e) {
            throw new WebApplicationException(e.getMessage(), Problem.of(413, e.getMessage()).response());
        } catch (UnreadableImage e) {
            throw new WebApplicationException(e.getMessage(), Problem.of(415, e.getMessage()).response());
        } catch (IOException e) {
            throw new UncheckedIOException("The uploaded file cannot be read from the disk.", e);
        }
    }

    private List<Boolean> store(Connection connection, List<Signup> signups) throws SQLException {
        return committed(signups, insert(connection, signups));
    }

    private List<Boolean> storeWithLargePictures(Connection connection, List<Signup> signups) throws SQLException {
        return committed(signups, Transaction.run(connection, () -> {
            Set<UUID> stored = insert(connection, signups);
            for (Signup signup : signups) {
                if (stored.contains(signup.user.id)) {
                    signup.picture.stream(connection);
                }
            }
            return stored;
        }));
    }

    private List<Boolean> committed(List<Signup> signups, Set<UUID> stored) {
        jobs.committed(jobsOf(signups.stream().filter(signup -> stored.contains(signup.user.id))));
        return signups.stream().map(signup -> stored.contains(signup.user.id)).toList();
    }

    private static Set<UUID> insert(Connection connection, List<Signup> signups) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            SqlArrays arrays = new SqlArrays(insert);
            AppUser.bind(arrays, signups.stream().map(Signup::user).toList());
            JobStore.bind(arrays, jobsOf(signups.stream()));
            OriginalAvatar.bind(arrays,
                    signups.stream()
                            .map(Signup::picture)
                            .filter(picture -> picture != null && picture.isSmall())
                            .toList());
            Set<UUID> stored = new HashSet<>();
            try (ResultSet rows = insert.executeQuery()) {
                while (rows.next()) {
                    stored.add(rows.getObject(1, UUID.class));
                }
            }
            return stored;
        }
    }

    private static List<OutboxJob> jobsOf(Stream<Signup> signups) {
        return signups.flatMap(signup -> signup.jobs.stream()).toList();
    }

    private List<NewJob> jobsOf(AppUser user, boolean withAvatar) {
        String key = user.id.toString();
        Map<String, Object> event = Map.of("userId", user.id, "email", user.email, "name", user.name, "signedUpAt",
                user.createdAt);
        List<NewJob> jobs = new ArrayList<>();
        jobs.add(new NewJob("welcome-email", Map.of("userId", user.id, "email", user.email, "name", user.name), key));
        if (withAvatar) {
            jobs.add(new NewJob("avatar-resize", Map.of("userId", user.id), key));
        }
        jobs.add(new NewJob("analytics-sync", event, key));
        jobs.addAll(subscriptions.deliveries(WebhookEvent.USER_SIGNED_UP, event, user.createdAt, key));
        return jobs;
    }

    @PreDestroy
    void close() {
        shared.close();
        alone.close();
    }
}
