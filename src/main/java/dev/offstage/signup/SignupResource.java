package dev.offstage.signup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.multipart.FileUpload;

import io.smallrye.common.annotation.Blocking;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.config.OffstageConfig;
import dev.offstage.http.Problem;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.user.AppUser;

/** Signing up: answered at once, while the work that hangs on it is done offstage. */
@Path("/signup")
@Produces(MediaType.APPLICATION_JSON)
public class SignupResource {

    /** What a sign-up looks like in JSON. */
    public record SignupRequest(String email, String name) {}

    /** The new user and the jobs that a sign-up sets going. */
    public record SignedUp(UUID id, String email, String name, Instant createdAt, List<JobSummary> jobs) {}

    /** A job of a sign-up. */
    public record JobSummary(UUID id, String type, JobState state) {}

    /** How far the jobs of a sign-up are: for the page that the new user looks at, so without errors. */
    public record Progress(List<JobStatus> jobs) {}

    /** How far a job is. */
    public record JobStatus(UUID id, String type, JobState state, int attempt) {}

    private final SignupService service;
    private final boolean smtpUtf8;
    private final boolean revealTaken;

    SignupResource(SignupService service, OffstageConfig config) {
        this.service = service;
        this.smtpUtf8 = config.mail().smtputf8();
        this.revealTaken = config.signup().revealTaken();
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<RestResponse<SignedUp>> signUp(SignupRequest request) {
        if (request == null) {
            throw new WebApplicationException(Problem.of(400,
                    "The body is empty: send {\"email\":…,\"name\":…}.").response());
        }
        return answer(request.email(), request.name(), null);
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Blocking
    public CompletionStage<RestResponse<SignedUp>> signUp(@RestForm String email, @RestForm String name,
            @RestForm FileUpload avatar) {
        if (avatar == null || isNoFile(avatar)) {
            return answer(email, name, null);
        }
        return answer(email, name, avatar.uploadedFile());
    }

    /** A browser sends an empty part without a file name when no file was chosen. */
    private static boolean isNoFile(FileUpload avatar) {
        return avatar.size() == 0 && (avatar.fileName() == null || avatar.fileName().isEmpty());
    }

    private CompletionStage<RestResponse<SignedUp>> answer(String email, String name, java.nio.file.Path avatar) {
        return service.signUp(NewUser.of(email, name, avatar, smtpUtf8)).thenApply(this::created);
    }

    /**
     * Where a caller must not learn that an address is taken, each answer has new ids that belong to no row: with those of a
     * stored sign-up a caller could watch its jobs, and see its picture appear.
     */
    private RestResponse<SignedUp> created(SignupService.Signup signup) {
        AppUser user = signup.user();
        UUID id = revealTaken ? user.id : UuidCreator.getTimeOrderedEpoch();
        SignedUp signedUp = new SignedUp(id, user.email, user.name, user.createdAt,
                signup.jobs().stream().filter(job -> isShown(job.type())).map(this::summary).toList());
        return RestResponse.ResponseBuilder.create(RestResponse.Status.CREATED, signedUp)
                .header(HttpHeaders.LOCATION, "/users/" + id)
                .build();
    }

    private JobSummary summary(OutboxJob job) {
        return new JobSummary(revealTaken ? job.id() : UuidCreator.getTimeOrderedEpochPlus1(), job.type(), job.state());
    }

    /** Public like the sign-up itself: the id is known only to whoever signed up. */
    @GET
    @Path("/{user}")
    public Progress progress(@RestPath UUID user) {
        if (AppUser.findById(user) == null) { // other jobs have keys too
            throw new NotFoundException("There is no sign-up " + user + ".");
        }
        List<JobStatus> jobs = new ArrayList<>();
        for (Job job : Job.ofKey(user.toString())) {
            if (isShown(job.type)) {
                jobs.add(0, new JobStatus(job.id, job.type, job.state, job.attempt));
            }
        }
        return new Progress(jobs);
    }

    /** Only the jobs of the sign-up itself. Other jobs about a user, such as those that tell other systems, are for operators. */
    private static boolean isShown(String type) {
        return SignupService.TYPES.contains(type);
    }
}
