package dev.offstage.http;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.ByteBufInputStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedStream;

/**
 * The answers on their way to a {@link Peer}: large ones in parts, and how much of them has gone, and how fast. All of it runs on the
 * connection's event loop, except for what says otherwise.
 */
final class Answers {

    private static final int PART = 32 * 1024;

    private final Peers peers;
    private final Channel channel;

    /** The bytes that Netty holds because the kernel does not take them yet, and how many it took since Netty held some. */
    private long unsent;
    private long sent;
    private long unsentSince;
    private HttpChunkedInput inParts;
    private long sentBefore;
    private long sentAt = System.nanoTime();
    /** From the beginning of the connection. */
    private long gone;

    Answers(Peers peers, Channel channel) {
        this.peers = peers;
        this.channel = channel;
    }

    /**
     * @param message a part of an answer, or all of it
     * @param whenGone runs when the kernel has it, or never will
     * @return false if more than a small answer waits here, and more of all answers than may
     */
    boolean write(ChannelHandlerContext context, Object message, ChannelPromise promise, Runnable whenGone) {
        boolean last = message instanceof LastHttpContent;
        long bytes = bytesOf(message);
        if (unsent == 0) {
            unsentSince = System.nanoTime();
            sent = 0;
        }
        unsent += bytes;
        boolean fits = peers.queue(bytes);
        ChannelPromise told = promise.unvoid().addListener(result -> {
            wrote(bytes, last);
            whenGone.run();
        });
        if (message instanceof FullHttpResponse whole && bytes > HeldBody.MOST) {
            writeInParts(context, whole, told);
        } else {
            context.write(message, told);
        }
        return fits || unsent <= HeldBody.MOST;
    }

    /** Netty copies what it writes into memory outside of the heap: in parts, it copies no more than the kernel takes. */
    private void writeInParts(ChannelHandlerContext context, FullHttpResponse whole, ChannelPromise promise) {
        inParts = new HttpChunkedInput(new ChunkedStream(new ByteBufInputStream(whole.content(), true), PART));
        context.write(new DefaultHttpResponse(whole.protocolVersion(), whole.status(), whole.headers()));
        context.write(inParts, promise);
    }

    private static long bytesOf(Object message) {
        if (message instanceof ByteBufHolder content) {
            return content.content().readableBytes();
        }
        if (message instanceof ByteBuf content) {
            return content.readableBytes();
        }
        return message instanceof FileRegion file ? file.count() : 0;
    }

    private void wrote(long bytes, boolean last) {
        peers.queue(-bytes);
        unsent -= bytes;
        sent += bytes;
        noteGone(bytes);
        if (last) {
            inParts = null;
        }
    }

    private synchronized void noteGone(long bytes) {
        gone += bytes;
        notifyAll();
    }

    /** How many bytes have gone, from the beginning of the connection; from any thread. */
    synchronized long gone() {
        return gone;
    }

    /**
     * Blocks until so many have; from a thread that may wait.
     *
     * @return false if the connection is closed
     */
    synchronized boolean awaitGone(long bytes) throws InterruptedException {
        while (gone < bytes && channel.isActive()) {
            wait(TimeUnit.NANOSECONDS.toMillis(Peer.CHECK_NANOS));
        }
        return channel.isActive();
    }

    /** Whether the peer takes less of what waits for it than {@link Patience} wants. To be asked regularly. */
    boolean goTooSlowly(long now) {
        return unsent > 0 && peers.patience().endsTransfer(now - unsentSince, sentSoFar(), silence(now));
    }

    private long sentSoFar() {
        return sent + (inParts == null ? 0 : inParts.progress());
    }

    /** For how long the peer has taken nothing, as far as one looks regularly. */
    private long silence(long now) {
        if (sentSoFar() != sentBefore) {
            sentBefore = sentSoFar();
            sentAt = now;
        }
        return now - Math.max(sentAt, unsentSince);
    }
}
