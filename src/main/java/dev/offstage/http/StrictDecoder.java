package dev.offstage.http;

import io.netty.handler.codec.http.HttpMessage;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;

/**
 * Refuses a request that says its length twice, by Content-Length and by Transfer-Encoding. Netty would use the second, but a
 * server in front may use the first (RFC 9112 section 6.3).
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
