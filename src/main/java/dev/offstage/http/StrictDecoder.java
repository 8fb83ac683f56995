package dev.offstage.http;

import io.netty.handler.codec.http.HttpMessage;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;

/**
 * Takes no request that says its length twice, by Content-Length and Transfer-Encoding: Netty would go by the second, another server in
 * front maybe by the first (RFC 9112 section 6.3).
 */
final class StrictDecoder extends VertxHttpRequestDecoder {

    StrictDecoder(HttpServerOptions options) {
        super(options);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("It has both Content-Length and Transfer-Encoding");
    }
}
