package dev.offstage.task.notify;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;

import io.agroal.api.AgroalDataSource;

import dev.offstage.operation.AuditLog;
import dev.offstage.storage.StorageException;
import dev.offstage.user.AppUser;

/** What an operator does to the channels of a user. */
@ApplicationScoped
public class ChannelOperations {

    private final AgroalDataSource dataSource;
    private final AuditLog audit;

    ChannelOperations(AgroalDataSource dataSource, AuditLog audit) {
        this.dataSource = dataSource;
        this.audit = audit;
    }

    /** @return false if there is no such user */
    @Transactional
    public boolean replace(UUID user, List<Channel> channels, String operator) {
        if (AppUser.findById(user, LockModeType.PESSIMISTIC_WRITE) == null) {
            return false;
        }
        NotificationChannel.replace(user, channels);
        try (Connection connection = dataSource.getConnection()) {
            audit.write(connection, operator, "set channels", "user " + user, null);
        } catch (SQLException e) {
            throw new StorageException("The action could not be noted.", e);
        }
        return true;
    }
}
