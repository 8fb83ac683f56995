package dev.offstage.task.notify;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

import io.agroal.api.AgroalDataSource;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;

/**
 * What users are told, gathered for a while: the first notification opens a window, at whose end all that came become one
 * message for each channel of the user. A notification with an id that was seen before is dropped, and the notifications of one
 * user are handled one after another.
 */
@ApplicationScoped
public class Notifications {

    /** How long ids are kept, so that a notification that comes again is recognised. */
    private static final Duration REMEMBERED = Duration.ofDays(7);

    private static final String LOCK = "select email from app_user where id = ? for no key update";
    private static final String ADD = """
            insert into notification (id, user_id, title, text, created_at, digest_at) values (?, ?, ?, ?, ?, ?)
            on conflict (id) do nothing
            """;
    /** Should a digest have been lost, the first notification after the end of its window asks for one that takes all. */
    private static final String OPEN_WINDOW = """
            select min(digest_at) from notification
            where user_id = ? and delivered_at is null and digest_at > ? and id <> ?
            """;
    private static final String TAKE = """
            with taken as (update notification set delivered_at = ? where user_id = ? and delivered_at is null
                           returning id, title, text)
            select id, title, text from taken order by id
            """;
    /** Removes some old notifications, of any users. Each delivery runs it, so that none stays for ever. */
    private static final String FORGET = """
            delete from notification where id in (
                select id from notification where delivered_at < ? order by delivered_at limit 100 for update skip locked)
            """;

    private final AgroalDataSource dataSource;
    private final Jobs jobs;
    private final Clock clock;
    private final Duration window;

    Notifications(AgroalDataSource dataSource, Jobs jobs, Clock clock, OffstageConfig config) {
        this.dataSource = dataSource;
        this.jobs = jobs;
        this.clock = clock;
        this.window = config.notifications().digest();
    }

    /**
     * Keeps a notification until the window ends that is open for this user, or that this one opens.
     *
     * @throws NoSuchElementException if there is no such user
     */
    @Transactional
    public void add(UUID user, Notification notification) {
        Instant now = clock.instant();
        try (Connection connection = dataSource.getConnection()) {
            lock(connection, user).orElseThrow(() -> new NoSuchElementException("There is no user " + user + "."));
            Optional<Instant> open = openWindow(connection, user, now, notification.id());
            Instant end = open.orElse(now.plus(window));
            if (insert(connection, user, notification, now, end) && open.isEmpty()) {
                jobs.enqueue(List.of(
                        new NewJob(DueDigest.JOB_TYPE, new DueDigest(user), user.toString(), end, null)));
            }
        } catch (SQLException e) {
            throw new StorageException("The notification could not be stored.", e);
        }
    }

    /**
     * Hands all that waits for a user to the user's channels: a job of its own for each, so that none waits for another.
     *
     * @return how many notifications it took
     */
    @Transactional
    public int deliver(UUID user) {
        Instant now = clock.instant();
        try (Connection connection = dataSource.getConnection()) {
            Optional<String> email = lock(connection, user);
            if (email.isEmpty()) {
                return 0; // the user is gone, and so are the notifications
            }
            List<Notification> taken = take(connection, user, now);
            List<NewJob> messages = new ArrayList<>();
            for (Digest digest : Digest.of(taken)) {
                messages.addAll(messages(user, email.get(), digest));
            }
            jobs.enqueue(messages);
            forget(connection, now.minus(REMEMBERED));
            return taken.size();
        } catch (SQLException e) {
            throw new StorageException("The notifications could not be handed on.", e);
        }
    }

    private static List<NewJob> messages(UUID user, String email, Digest digest) {
        List<NotificationChannel> chosen = NotificationChannel.of(user);
        String key = user.toString();
        NewJob mail = new NewJob("mail",
                Map.of("to", List.of(email), "subject", digest.title(), "text", digest.text()), key);
        if (chosen.isEmpty()) {
            return List.of(mail);
        }
        return chosen.stream().map(channel -> switch (channel.channel().kind()) {
            case MAIL -> mail;
            case SLACK -> new NewJob(SlackMessage.JOB_TYPE,
                    new SlackMessage(channel.id, digest.title() + "\n" + digest.text()), key);
        }).toList();
    }

    /**
     * The user's address; empty if there is no such user. The user's row is locked until the transaction ends, so that another
     * one for this user waits.
     */
    private static Optional<String> lock(Connection connection, UUID user) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
            lock.setObject(1, user);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        }
    }

    /** The end of the user's open window; empty if none is open. */
    private static Optional<Instant> openWindow(Connection connection, UUID user, Instant now, UUID but)
            throws SQLException {
        try (PreparedStatement find = connection.prepareStatement(OPEN_WINDOW)) {
            find.setObject(1, user);
            SqlInstants.set(find, 2, now);
            find.setObject(3, but);
            try (ResultSet row = find.executeQuery()) {
                row.next();
                return Optional.ofNullable(SqlInstants.get(row, 1));
            }
        }
    }

    private static boolean insert(Connection connection, UUID user, Notification notification, Instant now,
            Instant digestAt) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(ADD)) {
            insert.setObject(1, notification.id());
            insert.setObject(2, user);
            insert.setString(3, notification.title());
            insert.setString(4, notification.text());
            SqlInstants.set(insert, 5, now);
            SqlInstants.set(insert, 6, digestAt);
            return insert.executeUpdate() == 1;
        }
    }

    private static List<Notification> take(Connection connection, UUID user, Instant now) throws SQLException {
        try (PreparedStatement take = connection.prepareStatement(TAKE)) {
            SqlInstants.set(take, 1, now);
            take.setObject(2, user);
            List<Notification> taken = new ArrayList<>();
            try (ResultSet rows = take.executeQuery()) {
                while (rows.next()) {
                    taken.add(new Notification(rows.getObject(1, UUID.class), rows.getString(2), rows.getString(3)));
                }
            }
            return taken;
        }
    }

    private static void forget(Connection connection, Instant before) throws SQLException {
        try (PreparedStatement forget = connection.prepareStatement(FORGET)) {
            SqlInstants.set(forget, 1, before);
            forget.executeUpdate();
        }
    }
}
