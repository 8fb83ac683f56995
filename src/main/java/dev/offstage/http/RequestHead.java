package dev.offstage.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** What is wrong with the head of a request, before anything else looks at it or measures it. */
final class RequestHead {

    /** Of RFC 9110 and RFC 5789; nothing here answers to CONNECT or TRACE. */
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST,
            HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE, HttpMethod.OPTIONS);

    private static final Pattern PLAIN = Pattern.compile("/[A-Za-z0-9/?&=._+~-]*+");

    private static final Problem TOO_LONG = Problem.of(414, "The address is too long: shorten it to 4,000 characters.");
    private static final Problem TOO_LARGE = Problem.of(431,
            "The headers are too large: send less than 8 KiB of them.");
    private static final Problem MALFORMED = Problem.of(400,
            "The request is not HTTP/1.1 as RFC 9112 describes it, or says its length twice: correct its first line and its headers.");
    private static final Problem ADDRESS = Problem.of(400,
            "The address has a character that none may have, or a % without two hexadecimal digits: encode it, as % is by %25"
                    + " and | by %7C.");
    private static final Problem UNKNOWN_METHOD = Problem.of(501,
            "This method is not known here: /q/openapi lists those that are.");
    private static final Problem HOSTS = Problem.of(400,
            "The request names more than one host: send the header Host once.");
    private static final Problem ENCODING = Problem.of(501,
            "No Transfer-Encoding other than chunked is known here: send the body as it is.");
    private static final Problem OLD_ENCODING = Problem.of(400,
            "HTTP/1.0 has no Transfer-Encoding: send the header Content-Length.");

    private RequestHead() {
    }

    static Optional<Problem> faultOf(HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            return Optional.of(malformed(head.decoderResult().cause()));
        }
        if (!METHODS.contains(head.method())) {
            return Optional.of(UNKNOWN_METHOD);
        }
        if (!isAddress(head.uri())) {
            return Optional.of(ADDRESS);
        }
        if (head.headers().getAll(HttpHeaderNames.HOST).size() > 1) {
            return Optional.of(HOSTS);
        }
        List<String> encodings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (encodings.isEmpty()) {
            return Optional.empty();
        }
        if (encodings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0).strip())) {
            return Optional.of(ENCODING);
        }
        return head.protocolVersion().equals(HttpVersion.HTTP_1_1) ? Optional.empty() : Optional.of(OLD_ENCODING);
    }

    /** What java.net.URI does not take would be refused later, but without a sentence that says why. */
    private static boolean isAddress(String target) {
        if (PLAIN.matcher(target).matches()) {
            return true;
        }
        try {
            return new URI(target).getRawPath() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Problem malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return TOO_LONG;
        }
        return cause instanceof TooLongHttpHeaderException ? TOO_LARGE : MALFORMED;
    }

    /** Chunks that are none. */
    static Problem malformed() {
        return MALFORMED;
    }

    /** HTTP/2 begins with one that no version 1 has. */
    static boolean isOfVersionOne(HttpRequest head) {
        return head.decoderResult().isFailure() || head.protocolVersion().majorVersion() == 1;
    }
}
