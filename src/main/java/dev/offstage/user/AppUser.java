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

    /**
     * Stores this user unless the address is taken, in any spelling of it. Needs a transaction.
     *
     * @return false if it is taken; then nothing was stored
     */
    public boolean storeUnlessTaken() {
        return getEntityManager().createNativeQuery("""
                insert into app_user (id, email, email_key, name, created_at)
                values (:id, :email, :emailKey, :name, :createdAt)
                on conflict (email_key) do nothing""")
                .setParameter("id", id)
                .setParameter("email", email)
                .setParameter("emailKey", emailKey)
                .setParameter("name", name)
                .setParameter("createdAt", createdAt)
                .executeUpdate() == 1;
    }

    /** The user with this address in any spelling of it. */
    public static Optional<AppUser> findByEmail(EmailAddress email) {
        return find("emailKey", email.key()).firstResultOptional();
    }
}
