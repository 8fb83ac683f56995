package dev.offstage.http;

import java.nio.file.Path;
import java.util.UUID;

import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystem;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;

import dev.offstage.config.ApiSettings;
import dev.offstage.config.OffstageConfig;

/**
 * Receives bodies of more than 64 KiB before their requests are served: forms, which hold pictures, on the disk, others in memory. What
 * counts is what came, not what is announced; a body that comes too slowly is ended by {@link Peer}.
 */
@Singleton
class LargeBodies {

    private static final Logger LOG = Logger.getLogger(LargeBodies.class);
    private static final String FORM_FILE = LargeBodies.class.getName();
    private static final String LOG_IN = "/j_security_check";
    private static final Problem LOG_IN_TOO_LARGE = Problem.of(413,
            "The form is larger than 64 KiB: send the name and the password alone.");
    private static final Problem DISK_FULL = Problem.of(503,
            "The form cannot be kept just now: try again in a moment.");

    private final FileSystem files;
    private final Path directory;
    private final Callers callers;
    private final Shares inMemory;
    private final Shares onDisk;

    LargeBodies(Vertx vertx, OffstageConfig config, Callers callers, UploadsDirectory uploads) {
        ApiSettings api = config.api();
        this.files = vertx.fileSystem();
        this.directory = uploads.path();
        this.callers = callers;
        this.inMemory = new Shares(api.maxBodies().asLongValue(), api.bodiesPerAddress().asLongValue());
        this.onDisk = new Shares(api.maxForms().asLongValue(), api.formsPerAddress().asLongValue());
    }

    /** {@link Peer} holds smaller ones back, and says how long those are that came in chunks. */
    static boolean isLarge(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null
                || length != null && Long.parseLong(length) > HeldBody.MOST;
    }

    /** Where the form of this request is; null if it was small, or is none. */
    static Path formOf(RoutingContext request) {
        return request.get(FORM_FILE);
    }

    /** @param then what serves the request; it is not called if the request is refused */
    void receive(RoutingContext request, Runnable then) {
        boolean form = BodyLimits.isForm(request.request());
        if (request.normalizedPath().endsWith(LOG_IN)) {
            refuse(request, LOG_IN_TOO_LARGE);
            return;
        }
        Shares.Share share = (form ? onDisk : inMemory).take(callers.address(request), 0).orElseThrow();
        callers.keepUntilSent(request, share::close);
        if (request.request().headers().contains(HttpHeaders.EXPECT)) {
            request.request().headers().remove(HttpHeaders.EXPECT);
            request.response().writeContinue();
        }
        request.request().exceptionHandler(gone -> LOG.debug("A caller went away before its request was there", gone));
        if (form) {
            write(request, share, then);
        } else {
            gather(request, share, then);
        }
    }

    private static void gather(RoutingContext request, Shares.Share share, Runnable then) {
        Buffer body = Buffer.buffer();
        request.request().handler(chunk -> {
            if (mayGrow(request, share, body.length(), chunk.length())) {
                body.appendBuffer(chunk);
            }
        });
        request.request().endHandler(end -> {
            if (!request.response().ended()) {
                ((RoutingContextInternal) request).setBody(body);
                then.run();
            }
        });
        request.request().resume();
    }

    private void write(RoutingContext request, Shares.Share share, Runnable then) {
        String path = directory.resolve("form-" + UUID.randomUUID()).toString();
        request.request().pause();
        files.open(path, new OpenOptions().setCreateNew(true).setPerms("rw-------")).onComplete(opened -> {
            if (opened.succeeded()) {
                callers.keepUntilSent(request, () -> delete(opened.result(), path));
                request.put(FORM_FILE, Path.of(path));
                write(request, share, opened.result(), then);
            } else {
                LOG.error("A form cannot be written to the folder for uploads", opened.cause());
                refuse(request, DISK_FULL);
            }
        });
    }

    private static void write(RoutingContext request, Shares.Share share, AsyncFile file, Runnable then) {
        long[] written = {0};
        file.exceptionHandler(failure -> {
            LOG.error("A form cannot be written to the folder for uploads", failure);
            refuse(request, DISK_FULL);
        });
        request.request().handler(chunk -> {
            if (mayGrow(request, share, written[0], chunk.length())) { // and the file is open
                written[0] += chunk.length();
                file.write(chunk);
                if (file.writeQueueFull()) {
                    request.request().pause();
                    file.drainHandler(room -> request.request().resume());
                }
            }
        });
        request.request().endHandler(end -> {
            if (!request.response().ended()) {
                file.flush().onSuccess(flushed -> then.run());
            }
        });
        request.request().resume();
    }

    private void delete(AsyncFile file, String path) {
        file.close()
                .eventually(() -> files.delete(path))
                .onFailure(e -> LOG.debug("The file of a form could not be deleted", e));
    }

    private static boolean mayGrow(RoutingContext request, Shares.Share share, long bytes, int more) {
        if (request.response().ended()) {
            return false;
        }
        if (bytes + more > BodyLimits.of(request.request())) {
            refuse(request, BodyLimits.tooLarge(request.request()));
            return false;
        }
        if (!share.grow(more)) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            refuse(request,
                    Problem.of(503, "Too many requests, or too large ones, are under way: try again in a moment."));
            return false;
        }
        return true;
    }

    /** The rest of the body would have to be read before another request on this connection. */
    static void refuse(RoutingContext request, Problem problem) {
        if (!request.response().ended() && !request.response().closed()) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            problem.end(request.response());
        }
    }
}
