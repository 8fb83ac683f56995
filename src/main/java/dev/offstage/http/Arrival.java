package dev.offstage.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.stream.ChunkedWriteHandler;

/**
 * Sees the bytes of a connection before they are read as HTTP (behind TLS, where there is TLS), and puts its {@link Peer} where it sees
 * requests and answers. The names are those that Vert.x gives its handlers.
 */
final class Arrival extends ChannelInboundHandlerAdapter {

    private static final String TLS = "ssl";
    private static final String DECODER = "httpDecoder";
    private static final String SERVER = "handler";

    private final Peers peers;
    private final Peer peer;

    Arrival(Peers peers, Peer peer) {
        this.peers = peers;
        this.peer = peer;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (context.pipeline().get(TLS) == null) {
            install(context.pipeline());
        } else {
            context.pipeline().addAfter(TLS, null, new Arrival(peers, peer));
            context.pipeline().remove(this);
        }
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        install(context.pipeline());
        peer.bytesCame();
        context.fireChannelRead(message);
    }

    private void install(ChannelPipeline pipeline) {
        if (pipeline.get(Peer.class) == null && pipeline.get(SERVER) != null) {
            pipeline.replace(DECODER, DECODER, peers.decoder());
            if (pipeline.get(ChunkedWriteHandler.class) == null) {
                pipeline.addBefore(SERVER, null, new ChunkedWriteHandler());
            }
            pipeline.addBefore(SERVER, null, peer);
        }
    }
}
