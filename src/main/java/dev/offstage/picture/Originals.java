package dev.offstage.picture;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.Startup;

import dev.offstage.config.AvatarSettings;
import dev.offstage.config.OffstageConfig;
import dev.offstage.storage.Dependencies;

/**
 * Pictures as they were uploaded: in PostgreSQL beside their users, or in object storage. What is in PostgreSQL already is found there
 * whatever is set, so that the store can be changed at any time.
 */
@Singleton
@Startup
public class Originals {

    private final AgroalDataSource dataSource;
    private final Optional<Bucket> bucket;

    /** @throws io.quarkus.runtime.configuration.ConfigurationException if the settings of the bucket cannot work */
    Originals(OffstageConfig config, AgroalDataSource dataSource, Dependencies dependencies) {
        this.dataSource = dataSource;
        this.bucket = config.avatar().store() == AvatarSettings.Store.S3
                ? Optional.of(new Bucket(config.avatar().s3(), dependencies.objectStorage()))
                : Optional.empty();
    }

    /**
     * Keeps a picture before its user is committed, so that no committed job misses it. One whose sign-up fails after this stays until
     * {@link #remove}. Blocks.
     *
     * @return the picture if the user's transaction has to keep it; null if it is kept
     * @throws OriginalsUnavailable if it cannot be kept now
     */
    public OriginalAvatar keep(OriginalAvatar picture) {
        if (bucket.isEmpty()) {
            return picture;
        }
        bucket.get().put(picture);
        return null;
    }

    /**
     * The picture of a user, if one was uploaded.
     *
     * @throws OriginalsUnavailable if it cannot be read now
     */
    public Optional<byte[]> find(UUID userId) throws SQLException {
        Optional<byte[]> beside = besideUser(userId);
        return beside.isPresent() ? beside : bucket.flatMap(kept -> kept.get(userId));
    }

    private Optional<byte[]> besideUser(UUID userId) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            Optional<StoredAvatar> stored = StoredAvatar.find(connection, userId, Avatar.ORIGINAL, true);
            return stored.isPresent() ? Optional.of(stored.get().content(connection)) : Optional.empty();
        }
    }

    /**
     * Who has a picture in object storage, in the order of the ids, which is that of the sign-ups.
     *
     * @param last only users after this one
     * @return a page of them; empty behind the last one
     * @throws OriginalsUnavailable if they cannot be listed now
     */
    public List<UUID> usersAfter(UUID last) {
        return bucket.map(kept -> kept.usersAfter(last)).orElse(List.of());
    }

    /**
     * Removes a picture from object storage.
     *
     * @throws OriginalsUnavailable if it cannot be removed now
     */
    public void remove(UUID userId) {
        bucket.ifPresent(kept -> kept.remove(userId));
    }

    @PreDestroy
    void close() {
        bucket.ifPresent(Bucket::close);
    }
}
