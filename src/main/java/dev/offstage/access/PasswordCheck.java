package dev.offstage.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import jakarta.inject.Singleton;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.vertx.core.http.HttpServerRequest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.offstage.config.OffstageConfig;
import dev.offstage.http.AddressLimit;
import dev.offstage.http.CallerAddress;
import dev.offstage.http.Network;
import dev.offstage.http.TryLater;

/**
 * The one place where a password is looked at, whatever brought it. Each look takes a permit of the caller's address, and of all
 * strangers together, and gets it back if the password is right. A stranger is an address that has not known it in the last
 * month: so nobody keeps the operator out of a place from which the operator has logged in, nor out of the machine itself
 * ({@code kubectl port-forward}).
 */
@Singleton
class PasswordCheck {

    static final String OPERATOR = "operator";

    private static final Pattern LOOPBACK = Pattern.compile("127\\.[0-9.]+|(?:0:){7}1|::1");
    private static final int MOST_KNOWN = 10_000;
    private static final Duration KNOWN_FOR = Duration.ofDays(30);

    private final byte[] password;
    private final CallerAddress address;
    private final AddressLimit perAddress;
    private final Optional<Bucket> ofStrangers;
    private final Cache<String, Boolean> known = Caffeine.newBuilder()
            .maximumSize(MOST_KNOWN)
            .expireAfterWrite(KNOWN_FOR)
            .build();

    PasswordCheck(OffstageConfig config, CallerAddress address) {
        this.password = utf8(config.operator().password().orElse(""));
        this.address = address;
        this.perAddress = new AddressLimit(config.operator().logInsPerAddress());
        this.ofStrangers = config.operator().logInsOfStrangers().map(AddressLimit::bucket);
    }

    /**
     * Whether this is the operator. One look at a time: of requests that come together with the right password none is refused
     * because the permit of another is not back yet. It takes microseconds.
     *
     * @param name null if none was sent, as the password
     * @throws TryLater if there were too many wrong ones
     */
    synchronized boolean isRight(String name, String password, HttpServerRequest request) {
        String caller = address.of(request);
        String network = Network.of(caller);
        Optional<Bucket> one = perAddress.of(caller);
        Optional<Bucket> all = isStranger(network, request) ? ofStrangers : Optional.empty();
        take(one, "Too many wrong passwords from your address");
        try {
            take(all, "Too many wrong passwords from addresses that never knew the right one");
        } catch (TryLater e) {
            one.ifPresent(bucket -> bucket.addTokens(1));
            throw e;
        }
        if (!isOperator(name, password)) {
            return false;
        }
        Stream.of(one, all).flatMap(Optional::stream).forEach(bucket -> bucket.addTokens(1));
        known.put(network, true);
        return true;
    }

    private boolean isStranger(String network, HttpServerRequest request) {
        boolean here = !address.isForwarded(request) && LOOPBACK.matcher(address.of(request)).matches();
        return !here && known.getIfPresent(network) == null;
    }

    private static void take(Optional<Bucket> bucket, String refusal) {
        Optional<ConsumptionProbe> probe = bucket.map(some -> some.tryConsumeAndReturnRemaining(1));
        if (probe.isPresent() && !probe.get().isConsumed()) {
            throw TryLater.tooMany(refusal, Duration.ofNanos(probe.get().getNanosToWaitForRefill()));
        }
    }

    /** In a time that does not tell how much of it was right. */
    private boolean isOperator(String name, String password) {
        boolean right = MessageDigest.isEqual(utf8(password == null ? "" : password), this.password);
        return right & OPERATOR.equals(name) & this.password.length > 0;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
