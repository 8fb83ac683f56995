package dev.offstage.outbound;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where somebody wants us to send something: an absolute http or https URL with a host, without a user name and a fragment.
 * Nothing is known yet about the addresses behind its host; see {@link Destinations}.
 *
 * @param url never null
 */
public record Destination(URI url) {

    private static final int LONGEST = 2_000;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final int LAST_PORT = 65_535;

    /** @throws IllegalArgumentException if it is not such a URL; the message says what to change */
    public static Destination of(String written) {
        if (written == null || written.isBlank() || written.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "Send the URL to call, such as https://example.com/hooks, of at most " + LONGEST + " characters.");
        }
        return new Destination(parsed(written));
    }

    public Destination {
        if (!"http".equalsIgnoreCase(url.getScheme()) && !"https".equalsIgnoreCase(url.getScheme())) {
            throw new IllegalArgumentException("The URL must begin with https:// or http://.");
        }
        if (url.getHost() == null || url.getPort() == 0 || url.getPort() > LAST_PORT) {
            throw new IllegalArgumentException("The URL has no host, or a port that is none: send one such as"
                    + " https://example.com/hooks, with an international name in its ASCII form (xn--…).");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "The URL holds a user name or a fragment (#…), which are not sent: remove them.");
        }
    }

    private static URI parsed(String written) {
        try {
            return new URI(written);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("This is not a URL (" + e.getReason()
                    + "): send one such as https://example.com/hooks, with other characters as %XX.", e);
        }
    }

    /** As the URL has it; an IPv6 address in brackets. */
    public String host() {
        return url.getHost();
    }

    public int port() {
        return url.getPort() > 0 ? url.getPort() : isEncrypted() ? HTTPS : HTTP;
    }

    public boolean isEncrypted() {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    /** The path and the query, as they stand in a request. */
    public String target() {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }
}
