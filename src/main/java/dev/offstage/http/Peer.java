package dev.offstage.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jboss.logging.Logger;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * The program at the other end of a connection. It holds the heads of requests back until their small bodies are there, and
 * closes the connection of one who sends, or takes of its {@link Answers}, less than {@link Patience} wants. All of it runs on
 * the connection's event loop, except for what says otherwise.
 */
final class Peer extends ChannelDuplexHandler {

    private static final Logger LOG = Logger.getLogger(Peer.class);
    static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NEVER = Long.MAX_VALUE;

    private final Peers peers;
    private final Channel channel;
    private final String address;
    private final Shares.Share place;
    private final Answers answers;
    private final Queue<Runnable> kept = new ConcurrentLinkedQueue<>();
    private volatile ChannelHandlerContext context;
    private ScheduledFuture<?> checks;

    /** Where the peer is: in a body, else waiting for answers, else in a head, else idle. */
    private volatile boolean inBody;
    private int unanswered;
    private boolean inHead;
    private boolean refused;
    private HeldBody held;
    private long came;
    /** When the last bytes came, in nanoseconds from the beginning. */
    private long cameAfter;
    private long since = System.nanoTime();
    /** For other threads: since when this process has waited for the peer; {@link #NEVER} while the peer waits for this process. */
    private volatile long awaitedSince = since;

    /**
     * @param address null for one without limits of its own, such as a proxy's
     * @param place its place among all connections
     */
    Peer(Peers peers, Channel channel, String address, Shares.Share place) {
        this.peers = peers;
        this.channel = channel;
        this.address = address;
        this.place = place;
        this.answers = new Answers(peers, channel);
    }

    /** Empty for a connection that came before its server was watched. */
    static Optional<Peer> of(HttpConnection connection) {
        return Optional.ofNullable(((ConnectionBase) connection).channel().pipeline().get(Peer.class));
    }

    /** Runs this when the last byte of the answer under way has gone, or the connection has. From any thread. */
    void whenSent(Runnable release) {
        kept.add(release);
        if (!channel.isActive()) {
            drain().forEach(Runnable::run);
        }
    }

    /** Of this connection. */
    Answers answers() {
        return answers;
    }

    /** For how many nanoseconds this process has waited for the peer; 0 while the peer waits for this process. From any thread. */
    long awaited() {
        long from = awaitedSince;
        return from == NEVER ? 0 : System.nanoTime() - from;
    }

    /** The same for a body; 0 if none is under way. */
    long bodyUnderWay() {
        return inBody ? awaited() : 0;
    }

    /** Also before the connection is closed; from any thread. */
    void giveBackItsPlace() {
        place.close();
    }

    String address() {
        return address;
    }

    /** From any thread. */
    void cut(String reason) {
        LOG.debugf("The connection of %s is closed: %s", channel.remoteAddress(), reason);
        close();
    }

    /** Closes the connection from this place in the pipeline: from its end, Vert.x would first wait until all is written. */
    private void close() {
        ChannelHandlerContext installed = context;
        if (installed == null) {
            channel.close();
        } else {
            installed.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        checks = context.executor()
                .scheduleWithFixedDelay(this::check, CHECK_NANOS, CHECK_NANOS, TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        checks.cancel(false);
        if (held != null) {
            held.close();
            held = null;
        }
        drain().forEach(Runnable::run);
        context.fireChannelInactive();
    }

    void bytesCame() {
        if (!inBody && unanswered == 0 && !inHead) {
            inHead = true;
            restart();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest head) {
            begin(context, head);
        } else if (message instanceof HttpContent content) {
            receive(context, content);
        } else {
            context.fireChannelRead(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest head) {
        Optional<Problem> fault = RequestHead.faultOf(head);
        if (!RequestHead.isOfVersionOne(head)) {
            refused = true;
            close();
        } else if (fault.isPresent()) {
            refuse(context, fault.get());
        } else {
            inHead = false;
            inBody = true;
            unanswered++;
            came = 0;
            cameAfter = 0;
            restart();
            receiveBodyOf(context, head);
        }
    }

    private void receiveBodyOf(ChannelHandlerContext context, HttpRequest head) {
        long length = HttpUtil.getContentLength(head, 0L);
        boolean chunked = HttpUtil.isTransferEncodingChunked(head);
        if (!chunked && (length == 0 || length > HeldBody.MOST)) {
            context.fireChannelRead(head);
            return;
        }
        if (HttpUtil.is100ContinueExpected(head)) {
            head.headers().remove(HttpHeaderNames.EXPECT);
            context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE,
                    Unpooled.EMPTY_BUFFER));
        }
        held = new HeldBody(head);
    }

    private void receive(ChannelHandlerContext context, HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (content.content().isReadable()) {
            came += content.content().readableBytes();
            cameAfter = System.nanoTime() - since;
        }
        if (held != null && content.decoderResult().isFailure()) {
            unanswered--;
            content.release();
            refuse(context, RequestHead.malformed());
            return;
        }
        if (last) {
            inBody = false;
            restart();
        }
        if (held == null) {
            context.fireChannelRead(content);
        } else if (held.hasRoomFor(content.content())) {
            hold(context, content, last);
        } else {
            HeldBody large = held;
            held = null;
            large.passBeginning(context);
            context.fireChannelRead(content);
        }
    }

    private void hold(ChannelHandlerContext context, HttpContent content, boolean last) {
        if (!held.add(content.content(), peers.bodies(), address)) {
            peers.cutSlowestBody(this);
        }
        content.release();
        if (last) {
            HeldBody whole = held;
            held = null;
            whole.pass(context);
        }
    }

    /**
     * Answers, and closes the connection. While an earlier request is not answered it closes it without an answer, which the
     * peer would take for that request's.
     */
    private void refuse(ChannelHandlerContext context, Problem problem) {
        refused = true;
        inHead = true;
        inBody = false;
        restart();
        if (held != null) {
            held.close();
            held = null;
        }
        if (unanswered > 0) {
            close();
            return;
        }
        FullHttpResponse answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(problem.status()), Unpooled.wrappedBuffer(problem.bytes()));
        answer.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Problem.TYPE.toString())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        context.writeAndFlush(answer).addListener(done -> endAfterRefusal());
    }

    /**
     * Closes one direction only: a peer that still sends would get a reset in place of the answer, so it gets some time to
     * stop. TLS cannot close one direction.
     */
    private void endAfterRefusal() {
        if (channel instanceof SocketChannel socket && socket.pipeline().get(Arrival.class) != null
                && socket.pipeline().first() == socket.pipeline().get(Arrival.class)) {
            socket.shutdownOutput();
        } else {
            close();
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            context.write(message, promise);
            return;
        }
        Runnable gone = message instanceof LastHttpContent ? answered(drain()) : () -> {};
        if (!answers.write(context, message, promise, gone)) {
            cut("too much of all answers waits for those who do not read");
        }
    }

    private Runnable answered(List<Runnable> done) {
        return () -> {
            done.forEach(Runnable::run);
            unanswered--;
            restart();
        };
    }

    private List<Runnable> drain() {
        List<Runnable> all = new ArrayList<>();
        for (Runnable release = kept.poll(); release != null; release = kept.poll()) {
            all.add(release);
        }
        return all;
    }

    private void restart() {
        since = System.nanoTime();
        awaitedSince = !inBody && unanswered > 0 ? NEVER : since;
    }

    private void check() {
        if (!channel.config().isAutoRead()) {
            since += CHECK_NANOS; // we do not read: it is not the peer that is slow
        }
        long now = System.nanoTime();
        if (isLate(now - since)) {
            cut("it sends too slowly, or nothing");
        } else if (answers.goTooSlowly(now)) {
            cut("it does not read its answer");
        }
    }

    private boolean isLate(long nanos) {
        if (inBody) {
            return peers.patience().endsTransfer(nanos, came, nanos - cameAfter);
        }
        if (unanswered > 0) {
            return false;
        }
        return inHead ? peers.patience().endsHead(nanos) : peers.patience().endsIdle(nanos);
    }
}
