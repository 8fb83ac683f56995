package dev.offstage.http;

import java.util.Locale;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** How large a body may be. */
final class BodyLimits {

    /** Of a body that is held in memory. */
    private static final long LIMIT = 8 * 1024 * 1024;
    /** Of a form: it is on the disk. */
    private static final long FORM_LIMIT = 21 * 1024 * 1024;
    private static final Problem TOO_LARGE = Problem.of(413, "The body is larger than 8 MiB: send a smaller one.");
    private static final Problem FORM_TOO_LARGE = Problem.of(413,
            "The form is larger than 21 MiB: send a smaller one. A photo may have 5 MiB, an animation or a video 20 MiB.");
    private static final String FORM = "multipart/";

    private BodyLimits() {
    }

    static boolean isForm(HttpServerRequest request) {
        String contentType = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith(FORM);
    }

    /** In bytes. */
    static long of(HttpServerRequest request) {
        return isForm(request) ? FORM_LIMIT : LIMIT;
    }

    /** Whether it says so; what comes in chunks is counted while it comes. */
    static boolean isTooLarge(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && Long.parseLong(length) > of(request);
    }

    static Problem tooLarge(HttpServerRequest request) {
        return isForm(request) ? FORM_TOO_LARGE : TOO_LARGE;
    }
}
