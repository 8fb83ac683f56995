package dev.offstage.task.email;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import jakarta.enterprise.event.Event;
import jakarta.mail.MessagingException;

import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.jboss.logging.Logger;

import io.quarkus.mailer.Mail;
import io.quarkus.mailer.SentMail;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.quarkus.mailer.runtime.MailerRuntimeConfig;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.job.PermanentFailure;

/**
 * Sends mails over as many connections as {@code quarkus.mailer.max-pool-size} says, each on a thread of its own: Angus Mail
 * blocks, in synchronised methods, which virtual threads before Java 24 must not do. A caller that stops waiting, or has waited
 * for {@code quarkus.mailer.timeout}, cuts the connection, so that a silent or slow server holds none for long.
 */
final class SmtpMailer implements ReactiveMailer {

    private static final Logger LOG = Logger.getLogger(SmtpMailer.class);
    private static final int MOST_WAITING = 1_000;
    private static final int CLOSING = 421;

    private final MailerRuntimeConfig settings;
    private final SmtpServer server;
    private final MimeMail mime;
    private final Dkim dkim;
    private final Event<SentMail> sent;
    private final ScheduledThreadPoolExecutor threads;
    private final Deque<Idle> idle = new ArrayDeque<>();

    private record Idle(SmtpConnection connection, long sinceNanos) {}

    SmtpMailer(MailerRuntimeConfig settings, SmtpServer server, Vertx vertx, Event<SentMail> sent) {
        this.settings = settings;
        this.server = server;
        this.mime = new MimeMail(vertx, settings.multiPartOnly(), settings.timeout());
        this.dkim = settings.dkim().enabled() ? new Dkim(settings.dkim(), vertx) : null;
        this.sent = sent;
        this.threads = new ScheduledThreadPoolExecutor(settings.maxPoolSize(), task -> {
            Thread thread = new Thread(task, "offstage-mail");
            thread.setDaemon(true);
            return thread;
        });
        long period = Math.max(1_000, settings.poolCleanerPeriod().toMillis());
        threads.scheduleWithFixedDelay(this::closeIdle, period, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public Uni<Void> send(Mail... mails) {
        return Multi.createFrom().items(mails).onItem().transformToUniAndConcatenate(this::send).collect().last();
    }

    private Uni<Void> send(Mail mail) {
        Mail approved = approved(mail);
        List<String> recipients = Stream.of(approved.getTo(), approved.getCc(), approved.getBcc())
                .flatMap(List::stream)
                .toList();
        if (recipients.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        String names = String.join(", ", recipients);
        Duration timeout = settings.timeout();
        return Uni.createFrom()
                .<Void>emitter(emitter -> submit(new Sending(approved, names, emitter), emitter))
                .ifNoItem()
                .after(timeout)
                .failWith(() -> new IOException("The mail server did not take the mail to " + names + " within "
                        + timeout.toSeconds() + " s. If this goes on, check the mail server."))
                .invoke(() -> sent.fire(sentMail(approved)));
    }

    private void submit(Sending sending, UniEmitter<? super Void> emitter) {
        emitter.onTermination(sending::abort);
        if (threads.getQueue().size() > MOST_WAITING) {
            emitter.fail(new IOException(MOST_WAITING + " mails wait for a connection to the mail server already."
                    + " If this goes on, raise quarkus.mailer.max-pool-size."));
            return;
        }
        try {
            threads.execute(sending);
        } catch (RejectedExecutionException e) {
            emitter.fail(new IOException("This process stops, and sends no more mail.", e));
        }
    }

    /** One mail that is being sent. The caller that waits for it may give up at any time. */
    private final class Sending implements Runnable {

        private final Mail mail;
        private final String names;
        private final UniEmitter<? super Void> emitter;
        private SmtpConnection connection;
        private boolean over;

        Sending(Mail mail, String names, UniEmitter<? super Void> emitter) {
            this.mail = mail;
            this.names = names;
            this.emitter = emitter;
        }

        @Override
        public void run() {
            if (isOver()) {
                return;
            }
            try {
                boolean utf8 = MimeMail.needsUtf8(Stream.concat(
                        Stream.of(mail.getFrom(), mail.getReplyTo(), mail.getBounceAddress()),
                        Stream.of(mail.getTo(), mail.getCc(), mail.getBcc()).flatMap(List::stream)));
                MimeMail.Message message = mime.of(mail, server.session(utf8));
                if (dkim != null) {
                    dkim.sign(message, settings.timeout());
                }
                send(message, utf8);
                emitter.complete(null);
            } catch (Exception e) {
                emitter.fail(MailTrouble.of(e, names));
            } catch (Throwable e) { // the caller must be told, and the thread must go on
                emitter.fail(e);
            }
        }

        /** A connection that waited may be gone: before the server took anything of the mail, another one is tried. */
        private void send(MimeMail.Message message, boolean utf8) throws IOException, MessagingException {
            SmtpConnection waiting = utf8 ? null : poll();
            if (waiting != null) {
                try {
                    send(message, waiting, true);
                    return;
                } catch (MessagingException e) {
                    if (!isGone(e) || !waiting.hasSentNothing()) {
                        throw e;
                    }
                }
            }
            SmtpConnection fresh = new SmtpConnection(server, utf8);
            hold(fresh);
            try {
                fresh.open();
            } catch (IOException | MessagingException | RuntimeException e) {
                release(fresh, false);
                throw e;
            }
            send(message, fresh, !utf8);
        }

        private void send(MimeMail.Message message, SmtpConnection used, boolean mayStay)
                throws IOException, MessagingException {
            boolean usable = false;
            try {
                used.send(message);
                usable = true;
            } catch (MessagingException e) {
                usable = !isGone(e);
                throw e;
            } catch (PermanentFailure e) {
                usable = true;
                throw e;
            } finally {
                release(used, usable && mayStay);
            }
        }

        /** The connection that was used last; null if none waits. */
        private SmtpConnection poll() throws IOException {
            for (Idle next = newest(); next != null; next = newest()) {
                hold(next.connection);
                if (!isExpired(next)) {
                    return next.connection;
                }
                release(next.connection, false);
            }
            return null;
        }

        private synchronized void hold(SmtpConnection taken) throws IOException {
            connection = taken;
            if (over) {
                taken.abort();
                throw new IOException("nobody waits for it any longer");
            }
        }

        private void release(SmtpConnection used, boolean usable) {
            boolean keep;
            synchronized (this) {
                connection = null;
                keep = usable && !over && settings.keepAlive()
                        && used.mails() < settings.maxMailsPerConnection().orElse(Long.MAX_VALUE);
            }
            if (keep) {
                keep(used);
            } else if (usable) {
                used.close();
            } else {
                used.abort();
            }
        }

        private synchronized boolean isOver() {
            return over;
        }

        /** Also after the end, when there is nothing to abort. */
        synchronized void abort() {
            over = true;
            if (connection != null) {
                connection.abort();
            }
        }
    }

    /** The connection was cut, or the server is about to. */
    private static boolean isGone(MessagingException e) {
        return e.getNextException() instanceof IOException
                || e instanceof SMTPSendFailedException reply && (reply.getReturnCode() == CLOSING
                        || reply.getReturnCode() < 0);
    }

    private Idle newest() {
        synchronized (idle) {
            return idle.pollLast();
        }
    }

    private void keep(SmtpConnection connection) {
        synchronized (idle) {
            idle.addLast(new Idle(connection, System.nanoTime()));
        }
    }

    private boolean isExpired(Idle waiting) {
        return System.nanoTime() - waiting.sinceNanos > settings.keepAliveTimeout().toNanos();
    }

    private void closeIdle() {
        try {
            for (Idle oldest = expired(); oldest != null; oldest = expired()) {
                oldest.connection.close();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("Idle connections to the mail server could not be closed; the next round tries again", e);
        }
    }

    private Idle expired() {
        synchronized (idle) {
            Idle oldest = idle.peekFirst();
            return oldest != null && isExpired(oldest) ? idle.pollFirst() : null;
        }
    }

    /** With the sender of the settings, and without recipients that the settings do not approve. */
    private Mail approved(Mail mail) {
        Mail approved = new Mail().setFrom(mail.getFrom() == null ? settings.from().orElse(null) : mail.getFrom())
                .setTo(approved(mail.getTo()))
                .setCc(approved(mail.getCc()))
                .setBcc(approved(mail.getBcc()))
                .setBounceAddress(mail.getBounceAddress() == null
                        ? settings.bounceAddress().orElse(null)
                        : mail.getBounceAddress())
                .setSubject(mail.getSubject())
                .setText(mail.getText())
                .setHtml(mail.getHtml())
                .setHeaders(mail.getHeaders())
                .setAttachments(mail.getAttachments());
        return mail.getReplyTo() == null ? approved : approved.setReplyTo(mail.getReplyTo());
    }

    private List<String> approved(List<String> recipients) {
        return settings.approvedRecipients()
                .map(patterns -> recipients.stream().filter(recipient -> {
                    boolean fits = patterns.stream()
                            .anyMatch(pattern -> pattern.matcher(recipient.strip().toLowerCase(Locale.ROOT)).matches());
                    if (!fits && settings.logRejectedRecipients()) {
                        LOG.warnf("%s gets no mail: quarkus.mailer.approved-recipients does not name it", recipient);
                    }
                    return fits;
                }).toList())
                .orElse(recipients);
    }

    private static SentMail sentMail(Mail mail) {
        return new SentMail(mail.getFrom(), mail.getTo(), mail.getCc(), mail.getBcc(), mail.getReplyTo(),
                mail.getBounceAddress(), mail.getSubject(), mail.getText(), mail.getHtml(), mail.getHeaders(),
                mail.getAttachments()
                        .stream()
                        .map(file -> new SentMail.SentAttachment(file.getName(), file.getFile(),
                                file.getDescription(), file.getDisposition(), file.getData(), file.getContentType(),
                                file.getContentId()))
                        .toList());
    }

    /** Mails that are under way may end. */
    void close() {
        threads.shutdown();
        for (Idle next = newest(); next != null; next = newest()) {
            next.connection.close();
        }
    }
}
