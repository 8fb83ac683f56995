package dev.offstage.http;

import java.time.Duration;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import io.vertx.core.http.HttpServerResponse;

/** A request is refused for now; the answer says for how long. */
public class TryLater extends RuntimeException {

    private static final int TOO_MANY_REQUESTS = 429;

    private final transient Problem problem;
    private final long seconds;

    private TryLater(Problem problem, long seconds, Throwable cause) {
        super(problem.detail(), cause);
        this.problem = problem;
        this.seconds = seconds;
    }

    /** @param what was too much, as the beginning of a sentence */
    public static TryLater tooMany(String what, Duration wait) {
        long seconds = wait.toSeconds() + 1;
        return new TryLater(Problem.of(TOO_MANY_REQUESTS, what + ": try again in " + seconds + " s."), seconds, null);
    }

    /** @param detail what is not there, and what to do about it */
    public static TryLater unavailable(String detail, Duration wait, Throwable cause) {
        return new TryLater(Problem.of(503, detail), wait.toSeconds(), cause);
    }

    /** Rather than too little of what serves it. */
    public boolean isTooMany() {
        return problem.status() == TOO_MANY_REQUESTS;
    }

    public long seconds() {
        return seconds;
    }

    public void end(HttpServerResponse response) {
        response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        problem.end(response);
    }

    public Response response() {
        return Response.fromResponse(problem.response()).header(HttpHeaders.RETRY_AFTER, seconds).build();
    }
}
