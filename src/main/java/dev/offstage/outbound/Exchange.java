package dev.offstage.outbound;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.RequestOptions;

/** One request and its answer, of whose body no more is read than a person may want to see. */
final class Exchange {

    private static final int MOST_BYTES = 64 * 1024;
    private static final int EXCERPT_BYTES = 500;

    private final CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
    private final Buffer read = Buffer.buffer();

    private Exchange() {
    }

    /** The answer; whoever cancels it cuts the connection. */
    static CompletableFuture<HttpAnswer> start(HttpClient client, RequestOptions options, Buffer body) {
        Exchange exchange = new Exchange();
        client.request(options)
                .onSuccess(request -> exchange.send(request, body))
                .onFailure(exchange.answer::completeExceptionally);
        return exchange.answer;
    }

    private void send(HttpClientRequest request, Buffer body) {
        answer.whenComplete((done, failure) -> request.reset()); // of no effect on a request that has had its answer
        if (!answer.isDone()) {
            request.send(body).onSuccess(this::read).onFailure(answer::completeExceptionally);
        }
    }

    private void read(HttpClientResponse response) {
        response.exceptionHandler(answer::completeExceptionally);
        response.endHandler(end -> complete(response));
        response.handler(bytes -> {
            read.appendBuffer(bytes);
            if (read.length() >= MOST_BYTES) {
                complete(response);
            }
        });
    }

    private void complete(HttpClientResponse response) {
        byte[] excerpt = read.getBytes(0, Math.min(read.length(), EXCERPT_BYTES));
        answer.complete(new HttpAnswer(response.statusCode(), response.getHeader(HttpHeaders.RETRY_AFTER),
                new String(excerpt, StandardCharsets.UTF_8)));
    }
}
