package dev.offstage.http;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.http.HttpServerRequest;

import dev.offstage.config.OffstageConfig;

/**
 * Where a request comes from: the address of the connection, or what trusted proxies of ours say of it, in the one header that
 * they were said to write. Each proxy appends the address that called it. What stands before the entries of our proxies was
 * written by the caller and may be anything, and so may the other header.
 */
@Singleton
public class CallerAddress {

    private static final String FORWARDED = "Forwarded";
    private static final String X_FORWARDED_FOR = "X-Forwarded-For";
    /** Quarkus sets it where a proxy is trusted, and takes it away from callers, both only where proxies are looked at. */
    private static final String TRUSTED = "X-Forwarded-Trusted-Proxy";
    /** RFC 7239, 4: the parameters of an element stand in any order, in letters of any case. */
    private static final Pattern FOR = Pattern.compile("(?:^|;)\\s*for=\"?([^\";]*)\"?", Pattern.CASE_INSENSITIVE);
    private static final Pattern WITH_PORT = Pattern
            .compile("\\[([0-9A-Fa-f:.]+)](?::\\d+)?|(\\d+(?:\\.\\d+){3}):\\d+");

    private final boolean forwarding;
    private final boolean standard;
    private final int proxies;

    /** @throws ConfigurationException if both headers are allowed: any caller could write the one that the proxies do not */
    CallerAddress(OffstageConfig config,
            @ConfigProperty(name = "quarkus.http.proxy.proxy-address-forwarding", defaultValue = "false") boolean forwarding,
            @ConfigProperty(name = "quarkus.http.proxy.allow-forwarded", defaultValue = "false") boolean standard,
            @ConfigProperty(name = "quarkus.http.proxy.allow-x-forwarded", defaultValue = "false") boolean usual) {
        if (forwarding && standard && usual) {
            throw new ConfigurationException(
                    "Both quarkus.http.proxy.allow-forwarded and allow-x-forwarded are set: any caller"
                            + " could write the header that your proxies do not. Set only the one to true whose headers they write.");
        }
        this.forwarding = forwarding;
        this.standard = standard;
        this.proxies = config.api().proxies();
    }

    /** An address as text, without a port; in rare cases a name that a proxy made up. */
    public String of(HttpServerRequest request) {
        return lastHop(request).orElseGet(() -> request.connection().remoteAddress().hostAddress());
    }

    /** Whether a proxy of ours passed it on. */
    public boolean isForwarded(HttpServerRequest request) {
        return lastHop(request).isPresent();
    }

    private Optional<String> lastHop(HttpServerRequest request) {
        if (!forwarding || !request.headers().contains(TRUSTED)) {
            return Optional.empty();
        }
        List<String> hops = request.headers()
                .getAll(standard ? FORWARDED : X_FORWARDED_FOR)
                .stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .toList();
        return hops.isEmpty()
                ? Optional.empty()
                : Optional.of(hops.get(Math.max(0, hops.size() - proxies))).flatMap(this::node);
    }

    private Optional<String> node(String hop) {
        if (!standard) {
            return Optional.of(withoutPort(hop));
        }
        Matcher node = FOR.matcher(hop);
        return node.find() ? Optional.of(withoutPort(node.group(1))) : Optional.empty();
    }

    /** Leaves out the port, which some proxies add, and which differs with each connection. */
    private static String withoutPort(String hop) {
        Matcher parts = WITH_PORT.matcher(hop);
        return parts.matches() ? parts.group(1) == null ? parts.group(2) : parts.group(1) : hop;
    }
}
