package dev.offstage.user;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

/** Someone who signed up. */
@Entity
@Table(name = "app_user")
public class AppUser extends PanacheEntityBase {

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

    /** The user with this address in any spelling of it. */
    public static Optional<AppUser> findByEmail(EmailAddress email) {
        return find("emailKey", email.key()).firstResultOptional();
    }
}
