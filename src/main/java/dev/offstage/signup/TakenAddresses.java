package dev.offstage.signup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.JobStore;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;
import dev.offstage.user.EmailAddress;

/** Tells the owner of an address that somebody tried to sign up with it, by a mail in an hour at most. */
@ApplicationScoped
class TakenAddresses {

    private static final String TELL = """
            insert into taken_address (email_key, told_at) select email_key, now() from app_user where email_key = ?
            on conflict (email_key) do update set told_at = excluded.told_at
            where taken_address.told_at < now() - interval '1 hour' returning
            (select id from app_user u where u.email_key = taken_address.email_key),
            (select email from app_user u where u.email_key = taken_address.email_key)
            """;
    private static final String SUBJECT = "Somebody tried to sign up with your address";
    private static final String TEXT = """
            Somebody tried to sign up at Offstage with this address. You have an account
            already, so nothing was changed.

            If it was you, there is nothing more to do. If it was not you, delete this mail.
            """;

    private final AgroalDataSource dataSource;
    private final JobStore jobs;

    TakenAddresses(AgroalDataSource dataSource, JobStore jobs) {
        this.dataSource = dataSource;
        this.jobs = jobs;
    }

    /**
     * Enqueues the mail, unless there was one in the last hour. Not on an event loop.
     *
     * @throws StorageException if PostgreSQL does not take it
     */
    void tell(EmailAddress address) {
        try (Connection connection = dataSource.getConnection()) {
            jobs.committed(Transaction.run(connection, () -> {
                List<OutboxJob> mail = jobs.prepare(mail(connection, address));
                jobs.insert(connection, mail);
                return mail;
            }));
        } catch (SQLException e) {
            throw new StorageException("The owner of an address could not be told.", e);
        }
    }

    private static List<NewJob> mail(Connection connection, EmailAddress address) throws SQLException {
        try (PreparedStatement tell = connection.prepareStatement(TELL)) {
            tell.setString(1, address.key());
            try (ResultSet owner = tell.executeQuery()) {
                return owner.next()
                        ? List.of(new NewJob("mail",
                                Map.of("to", List.of(owner.getString(2)), "subject", SUBJECT, "text",
                                        TEXT),
                                owner.getObject(1, UUID.class).toString()))
                        : List.of();
            }
        }
    }
}
