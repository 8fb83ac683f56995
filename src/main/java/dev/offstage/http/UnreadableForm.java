package dev.offstage.http;

import java.io.IOException;
import java.io.UnsupportedEncodingException;

import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;

/** Tells a multipart body that its sender got wrong from one that we fail to read. */
final class UnreadableForm {

    static final Problem PROBLEM = Problem.of(400, "The multipart body cannot be read. It may break off before its"
            + " closing boundary, hold a malformed header or an unknown charset, or have more than 100 parts: correct"
            + " it and send the request again.");

    private static final String MULTIPART = "multipart/";
    /** The parser's own words for a body that ends too early. */
    private static final String BREAKS_OFF = "Connection terminated";

    private UnreadableForm() {
    }

    /**
     * The parser throws whatever it stumbles over, without a type of its own. Until it is done the request has no form;
     * what it throws then is the sender's doing, unless it could not write what it read.
     */
    static boolean isCauseOf(Throwable failure, ResteasyReactiveRequestContext request) {
        String contentType = request.serverRequest().getRequestHeader("Content-Type");
        if (contentType == null || !contentType.startsWith(MULTIPART) || request.getFormData() != null) {
            return false;
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return !(cause instanceof IOException)
                || cause instanceof UnsupportedEncodingException
                || String.valueOf(cause.getMessage()).startsWith(BREAKS_OFF);
    }
}
