package dev.offstage.task.email;

import java.util.concurrent.Executor;

import jakarta.inject.Singleton;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

/**
 * The one event loop that all mail is sent on. The Vert.x mail client opens a connection on the thread of whoever
 * happens to ask and starts to listen to it on another: a server that greets in between is not heard, and the mail lies
 * until its time-out. On one thread nothing is in between.
 */
@Singleton
class MailEventLoop implements Executor {

    private final Context context;

    MailEventLoop(Vertx vertx) {
        this.context = vertx.getOrCreateContext();
    }

    @Override
    public void execute(Runnable task) {
        context.runOnContext(nothing -> task.run());
    }
}
