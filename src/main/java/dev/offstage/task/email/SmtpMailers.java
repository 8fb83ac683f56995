package dev.offstage.task.email;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;

import io.quarkus.mailer.Mailer;
import io.quarkus.mailer.SentMail;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.quarkus.mailer.runtime.MailerRuntimeConfig;
import io.quarkus.mailer.runtime.MailerSupport;
import io.quarkus.mailer.runtime.Mailers;
import io.quarkus.mailer.runtime.MailersRuntimeConfig;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.vertx.core.Vertx;

import dev.offstage.outbound.Resolver;

/**
 * Quarkus' mailers with the transport of Angus Mail beneath them, and with the same settings, {@code quarkus.mailer.*}. Quarkus' own
 * transport, the mail client of Vert.x, has no time-out, writes an empty {@code Cc:}, knows no SMTPUTF8 (RFC 6531) and does not
 * look at the reply to STARTTLS. Where mails are mocked, Quarkus' own mailers remain.
 */
@Alternative
@Priority(1)
@Singleton
public class SmtpMailers extends Mailers {

    private final io.vertx.mutiny.core.Vertx vertx;
    private final MailersRuntimeConfig settings;
    private final TlsConfigurationRegistry tls;
    private final Event<SentMail> sent;
    private final Resolver resolver;
    private final boolean mockedByDefault;
    private final Map<String, SmtpMailer> mailers = new ConcurrentHashMap<>();

    /** The arguments are those of Quarkus' own, and what asks DNS for the mail server. */
    public SmtpMailers(Vertx vertx, io.vertx.mutiny.core.Vertx mutinyVertx, MailersRuntimeConfig settings,
            LaunchMode launchMode, MailerSupport support, TlsConfigurationRegistry tls, Event<SentMail> sent,
            Resolver resolver) {
        super(vertx, mutinyVertx, settings, launchMode, support, tls, sent);
        this.vertx = mutinyVertx;
        this.settings = settings;
        this.tls = tls;
        this.sent = sent;
        this.resolver = resolver;
        this.mockedByDefault = launchMode.isDevOrTest();
    }

    @Override
    public ReactiveMailer reactiveMailerFromName(String name) {
        MailerRuntimeConfig ofName = settings.mailers().get(name);
        if (ofName == null || ofName.mock().orElse(mockedByDefault)) {
            return super.reactiveMailerFromName(name);
        }
        return mailers.computeIfAbsent(name,
                made -> new SmtpMailer(ofName, new SmtpServer(ofName, tls, resolver), vertx, sent));
    }

    @Override
    public Mailer mailerFromName(String name) {
        ReactiveMailer mailer = reactiveMailerFromName(name);
        return mailer instanceof SmtpMailer
                ? mails -> mailer.send(mails).await().indefinitely() // has a time-out of its own
                : super.mailerFromName(name);
    }

    @Override
    public void stop() {
        mailers.values().forEach(SmtpMailer::close);
        super.stop();
    }
}
