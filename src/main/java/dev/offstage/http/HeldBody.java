package dev.offstage.http;

import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * A request whose small body has not come yet. It is handed on when the body is complete, so that until then it takes neither a
 * slot nor a thread.
 */
final class HeldBody implements AutoCloseable {

    /** In bytes: one that turns out to be larger goes on by the way of large ones, see {@link LargeBodies}. */
    static final int MOST = 64 * 1024;

    private final HttpRequest head;
    /** In a buffer of its own, which has the size of what came and not of what was read at once. */
    private final ByteBuf bytes = Unpooled.buffer();
    private Optional<Shares.Share> share = Optional.empty();

    HeldBody(HttpRequest head) {
        this.head = head;
    }

    boolean hasRoomFor(ByteBuf content) {
        return bytes.readableBytes() + content.readableBytes() <= MOST;
    }

    /** @return false if all bodies together take too much; it is added all the same */
    boolean add(ByteBuf content, Shares all, String address) {
        int more = content.readableBytes();
        bytes.writeBytes(content);
        if (share.isEmpty()) {
            share = all.take(address, more);
            return share.isPresent();
        }
        return share.get().grow(more);
    }

    /** What is still to come follows, chunk by chunk. */
    void passBeginning(ChannelHandlerContext context) {
        share.ifPresent(Shares.Share::close);
        context.fireChannelRead(head);
        context.fireChannelRead(new DefaultHttpContent(bytes));
    }

    /** From here on it looks as if it had come at once, and had said how long it is. */
    void pass(ChannelHandlerContext context) {
        share.ifPresent(Shares.Share::close);
        head.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
        head.headers().set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bytes.readableBytes()));
        context.fireChannelRead(head);
        context.fireChannelRead(new DefaultHttpContent(bytes));
        context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    @Override
    public void close() {
        share.ifPresent(Shares.Share::close);
        bytes.release();
    }
}
