package dev.offstage.task.email;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.mailer.SentMail;
import io.quarkus.mailer.runtime.MailerSupport;
import io.quarkus.mailer.runtime.Mailers;
import io.quarkus.mailer.runtime.MailersRuntimeConfig;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.annotations.RegisterForProxy;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.metrics.Measured;
import io.vertx.core.net.NetClientOptions;

/**
 * Quarkus' mail clients, with an end to waiting. As they are, a mail server that falls silent in mid-conversation
 * keeps its connection for good: after {@code quarkus.mailer.max-pool-size} of them no mail is sent any more, even
 * when the server is back. Quarkus 3.33 has no setting for it, so the network client that the mail client asks Vert.x
 * for is given one. A native image must be told of the proxy, and of each method that it passes on, those of any object included.
 */
@Alternative
@Priority(1)
@Singleton
@RegisterForProxy(targets = Vertx.class)
@RegisterForReflection(targets = {Vertx.class, Measured.class, Object.class})
public class BoundedMailers extends Mailers {

    /** @param timeout a connection without a byte in either direction for this long is closed */
    public BoundedMailers(Vertx vertx, io.vertx.mutiny.core.Vertx mutinyVertx, MailersRuntimeConfig settings,
            LaunchMode launchMode, MailerSupport support, TlsConfigurationRegistry tls, Event<SentMail> sent,
            @ConfigProperty(name = "quarkus.mailer.timeout", defaultValue = "20s") Duration timeout) {
        super(bounded(vertx, timeout), mutinyVertx, settings, launchMode, support, tls, sent);
    }

    private static Vertx bounded(Vertx vertx, Duration timeout) {
        int milliseconds = Math.toIntExact(Math.max(1, timeout.toMillis()));
        return (Vertx) Proxy.newProxyInstance(Vertx.class.getClassLoader(), new Class<?>[]{Vertx.class},
                (proxy, method, arguments) -> {
                    if (arguments != null && arguments.length == 1
                            && arguments[0] instanceof NetClientOptions options) {
                        options.setConnectTimeout(milliseconds)
                                .setIdleTimeout(milliseconds)
                                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
                    }
                    try {
                        return method.invoke(vertx, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
