package dev.offstage.user;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

import dev.offstage.storage.SqlArrays;

/** Someone who signed up. */
@Entity
@Table(name = "app_user")
public class AppUser extends PanacheEntityBase {

    /**
     * Stores those users whose addresses are not taken, in any spelling of them, by others or by earlier ones of these, and
     * returns their ids; its parameters are set by {@link #bind}. Rows are inserted in the order of their addresses, so that
     * two statements with the same addresses do not wait for each other for ever.
     */
    public static final String INSERT_UNLESS_TAKEN = """
            insert into app_user (id, email, email_key, name, created_at)
            select id, email, email_key, name, created_at
            from unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::timestamptz[])
                with ordinality as n (id, email, email_key, name, created_at, place)
            order by email_key, place
            on conflict (email_key) do nothing
            returning id
            """;

    /** UUID version 7, given by us. */
    @Id
    public UUID id;

    /** As its owner wrote it; see {@link EmailAddress}. */
    @Column(nullable = false)
    public String email;

    /** {@link EmailAddress#key()}; unique. */
    @Column(name = "email_key", nullable = false, unique = true)
    public String emailKey;

    @Column(nullable = false)
    public String name;

    @Column(name = "created_at", nullable = false)
    public Instant createdAt;

    /** For Hibernate. */
    protected AppUser() {
    }

    public AppUser(UUID id, EmailAddress email, String name, Instant createdAt) {
        this.id = id;
        this.email = email.value();
        this.emailKey = email.key();
        this.name = name;
        this.createdAt = createdAt;
    }

    /** Sets the next parameters, those of {@link #INSERT_UNLESS_TAKEN}. */
    public static void bind(SqlArrays arrays, List<AppUser> users) throws SQLException {
        arrays.add("uuid", users, user -> user.id);
        arrays.add("text", users, user -> user.email);
        arrays.add("text", users, user -> user.emailKey);
        arrays.add("text", users, user -> user.name);
        arrays.add("timestamptz", users, user -> user.createdAt);
    }

    /** The user with this address in any spelling of it. */
    public static Optional<AppUser> findByEmail(EmailAddress email) {
        return find("emailKey", email.key()).firstResultOptional();
    }
}
