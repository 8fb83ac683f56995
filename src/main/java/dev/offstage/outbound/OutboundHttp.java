package dev.offstage.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;

import dev.offstage.config.Bounds;
import dev.offstage.config.OffstageConfig;

/**
 * Sends requests to where others want them, which may be anywhere and answer anything. Connects to the very address that
 * {@link Destinations} checked, while the Host header, the server name of TLS and the name in its certificate are those of the
 * URL. Redirects are not followed, and each request has a connection of its own, so that one that hangs does not delay others.
 */
@Singleton
public class OutboundHttp {

    private final HttpClient client;
    private final Destinations destinations;
    private final Duration timeout;

    @Inject
    OutboundHttp(Vertx vertx, Destinations destinations, OffstageConfig config) {
        this(vertx, destinations, config.webhooks().timeout(), new HttpClientOptions());
    }

    /** @param options for what is not set here, such as which certificates are trusted */
    OutboundHttp(Vertx vertx, Destinations destinations, Duration timeout, HttpClientOptions options) {
        this.destinations = destinations;
        this.timeout = timeout;
        this.client = vertx.createHttpClient(new HttpClientOptions(options)
                .setKeepAlive(false)
                .setMaxPoolSize(Bounds.MOST_AT_ONCE) // the lanes bound how many are under way
                .setConnectTimeout(Math.toIntExact(timeout.toMillis()))
                .setIdleTimeout(Math.toIntExact(timeout.toMillis()))
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS));
    }

    /**
     * Posts JSON and waits for the answer, whatever its status is.
     *
     * @param headers beside Content-Type and those of HTTP itself
     * @param body JSON
     * @throws RefusedAddress if the host leads to an address that is not public
     * @throws IOException if the host is not found, cannot be reached or does not answer in time
     */
    public HttpAnswer post(Destination destination, Map<String, String> headers, byte[] body)
            throws IOException, InterruptedException {
        InetAddress address = destinations.addressOf(destination);
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, destination.port())))
                .setHost(destination.host())
                .setPort(destination.port())
                .setSsl(destination.isEncrypted())
                .setURI(destination.target())
                .putHeader("Content-Type", "application/json")
                .putHeader("User-Agent", "Offstage");
        headers.forEach(options::putHeader);
        CompletableFuture<HttpAnswer> answer = Exchange.start(client, options, Buffer.buffer(body));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(destination.host() + " cannot be reached, or broke off: " + e.getCause()
                    + ". If this goes on, ask whoever runs it.", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(destination.host() + " did not answer within " + timeout.toMillis()
                    + " ms. If this goes on, ask whoever runs it.", e);
        } finally {
            answer.cancel(true);
        }
    }

    @PreDestroy
    void close() {
        client.close();
    }
}
