package dev.offstage.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.impl.VertxInternal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.offstage.config.ApiSettings;
import dev.offstage.config.OffstageConfig;

/**
 * All connections: how many there are, and how many of one address; what their small bodies and unread answers take together.
 * Where a limit is reached, the connection is closed that has kept this process waiting for longest.
 */
@Singleton
class Peers implements HttpServerOptionsCustomizer {

    private static final Logger LOG = Logger.getLogger(Peers.class);
    private static final String WATCH = "offstage-watch";
    private static final Duration LOOK_FOR_SERVERS_EVERY = Duration.ofSeconds(1);
    /**
     * How much the kernel holds of what is sent to one connection. It would let that grow to megabytes, which count as the
     * container's memory.
     */
    private static final int SEND_BUFFER = 256 * 1024;
    private static final int MOST_PROXIES = 1_000;
    private static final Duration PROXY_IS_ONE_FOR = Duration.ofHours(1);

    private final VertxInternal vertx;
    private final Patience patience;
    private final Shares connections;
    private final Shares bodies;
    private final long mostUnsent;
    private final AtomicLong unsent = new AtomicLong();
    private final Set<Peer> all = ConcurrentHashMap.newKeySet();
    /** From which a forwarded address was believed, which Quarkus does for trusted ones alone. */
    private final Cache<String, Boolean> proxies = Caffeine.newBuilder()
            .maximumSize(MOST_PROXIES)
            .expireAfterAccess(PROXY_IS_ONE_FOR)
            .build();
    private volatile HttpServerOptions options = new HttpServerOptions();
    private volatile long search = -1;

    Peers(OffstageConfig config, Vertx vertx) {
        ApiSettings api = config.api();
        this.vertx = (VertxInternal) vertx;
        this.patience = new Patience(api.idleTimeout(), api.patience(), api.minRate().asLongValue());
        this.connections = new Shares(api.maxConnections(), api.connectionsPerAddress());
        this.bodies = new Shares(api.maxBodies().asLongValue(), api.bodiesPerAddress().asLongValue());
        this.mostUnsent = api.maxUnsent().asLongValue();
    }

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        this.options = options.setSendBufferSize(SEND_BUFFER);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        customizeHttpServer(options);
    }

    void watch(@ObservesAsync HttpServerStart start) {
        watch();
    }

    void watchTls(@ObservesAsync HttpsServerStart start) {
        watch();
    }

    /** There is no event when the management port is open, so it is looked for. */
    private synchronized void watch() {
        lookForServers();
        if (search < 0) {
            search = vertx.setPeriodic(LOOK_FOR_SERVERS_EVERY.toMillis(), again -> lookForServers());
        }
    }

    private void lookForServers() {
        for (EventExecutor executor : vertx.getAcceptorEventLoopGroup()) {
            if (executor instanceof SingleThreadEventLoop loop) {
                loop.execute(() -> forEachServer(loop, this::attach));
            }
        }
    }

    private static void forEachServer(SingleThreadEventLoop loop, Consumer<Channel> action) {
        for (Iterator<Channel> channels = loop.registeredChannelsIterator(); channels.hasNext();) {
            Channel channel = channels.next();
            if (channel instanceof ServerChannel) {
                action.accept(channel);
            }
        }
    }

    private void attach(Channel server) {
        if (server.pipeline().get(WATCH) == null) {
            server.pipeline().addFirst(WATCH, new Watch());
        }
    }

    /** In the development mode the servers go on after the classes were loaded anew, so what was added to them is removed. */
    @PreDestroy
    void leave() {
        vertx.cancelTimer(search);
        for (EventExecutor executor : vertx.getAcceptorEventLoopGroup()) {
            if (executor instanceof SingleThreadEventLoop loop && !loop.isShuttingDown()) {
                loop.execute(() -> forEachServer(loop, server -> {
                    if (server.pipeline().get(WATCH) != null) {
                        server.pipeline().remove(WATCH);
                    }
                }));
            }
        }
    }

    private final class Watch extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel connection = (Channel) message;
            if (accept(connection)) {
                context.fireChannelRead(message);
            } else {
                connection.unsafe().closeForcibly(); // it belongs to no event loop yet
            }
        }
    }

    private boolean accept(Channel connection) {
        String address = addressOf(connection.remoteAddress());
        Optional<Shares.Share> place = connections.take(address, 1);
        if (place.isEmpty()) {
            cutLongest(Peer::awaited, address, connections.hasItsShare(address, 1));
            place = connections.take(address, 1);
        }
        if (place.isEmpty()) {
            LOG.debugf("No connection is left for %s", connection.remoteAddress());
            return false;
        }
        Peer peer = new Peer(this, connection, address, place.get());
        all.add(peer);
        connection.closeFuture().addListener(closed -> {
            all.remove(peer);
            peer.giveBackItsPlace();
        });
        connection.pipeline().addFirst(new Arrival(this, peer));
        return true;
    }

    /**
     * Closes the connection that has kept this process waiting for longest: among those of this address if it has its share,
     * else among all.
     */
    private void cutLongest(ToLongFunction<Peer> wait, String address, boolean ofTheAddress) {
        all.stream()
                .filter(peer -> !ofTheAddress || Objects.equals(peer.address(), address))
                .filter(peer -> wait.applyAsLong(peer) > 0)
                .max(Comparator.comparingLong(wait))
                .ifPresent(peer -> {
                    all.remove(peer); // it makes room once
                    peer.giveBackItsPlace();
                    peer.cut("others need its place");
                });
    }

    /**
     * Closes the connection with the slowest body, so that a new body has room. The latest one is left out, since it has only
     * begun.
     */
    void cutSlowestBody(Peer latest) {
        cutLongest(peer -> peer == latest ? 0 : peer.bodyUnderWay(), latest.address(),
                bodies.hasItsShare(latest.address(), HeldBody.MOST));
    }

    /**
     * Counts what Netty holds of answers, or no longer holds where it is negative.
     *
     * @return false if that is too much
     */
    boolean queue(long bytes) {
        return unsent.addAndGet(bytes) <= mostUnsent;
    }

    /** Of the small bodies that are not there yet. */
    Shares bodies() {
        return bodies;
    }

    Patience patience() {
        return patience;
    }

    StrictDecoder decoder() {
        return new StrictDecoder(options);
    }

    private String addressOf(SocketAddress remote) {
        if (!(remote instanceof InetSocketAddress inet)) {
            return null; // a socket in the file system
        }
        String address = Network.of(inet.getAddress());
        return proxies.getIfPresent(address) == null ? address : null;
    }

    /** Connections from there are of many callers. */
    void trust(InetAddress proxy) {
        proxies.get(Network.of(proxy), address -> true);
    }
}
