package dev.offstage.signup;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.WebApplicationException;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.http.Problem;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.OutboxJob;
import dev.offstage.user.AppUser;
import dev.offstage.user.Avatar;
import dev.offstage.user.ImageHeader;
import dev.offstage.user.UnreadableImage;

/** Commits a user and the jobs that hang on the sign-up: all of them or none. */
@ApplicationScoped
class SignupService {

    /** A user and the jobs, committed. */
    record Signup(AppUser user, List<OutboxJob> jobs) {}

    private final Jobs jobs;
    private final Clock clock;
    private final long maxPixels;

    SignupService(Jobs jobs, Clock clock, OffstageConfig config) {
        this.jobs = jobs;
        this.clock = clock;
        this.maxPixels = config.avatar().maxPixels();
    }

    /** @throws WebApplicationException 409 if the address is taken, 415 if the avatar is no picture that is read here */
    @Transactional
    Signup signUp(NewUser newUser) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        AppUser user = new AppUser(UuidCreator.getTimeOrderedEpoch(), newUser.email(), newUser.name(), now);
        ImageHeader picture = newUser.avatar() == null ? null : header(newUser.avatar());
        if (!user.storeUnlessTaken()) {
            throw new WebApplicationException(Problem.of(409,
                    "This e-mail address is taken: sign up with another one.").response());
        }
        if (picture != null) {
            new Avatar(user.id, Avatar.ORIGINAL, picture.contentType(), newUser.avatar(), now).persist();
        }
        return new Signup(user, jobs.enqueue(jobsOf(user, picture != null)));
    }

    private ImageHeader header(byte[] avatar) {
        try {
            return ImageHeader.read(avatar, maxPixels);
        } catch (UnreadableImage e) {
            throw new WebApplicationException(e.getMessage(), Problem.of(415, e.getMessage()).response());
        }
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
}
