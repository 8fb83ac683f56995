package dev.offstage.job;

import java.sql.SQLException;

/** PostgreSQL did not do what it was asked. */
public class StorageException extends RuntimeException {

    public StorageException(String message, SQLException cause) {
        super(message, cause);
    }
}
