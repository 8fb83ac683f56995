package dev.offstage.storage;

import java.sql.SQLException;

/** PostgreSQL did not do what it was asked. */
public class StorageException extends RuntimeException {

    /** @param cause null if it was not even asked */
    public StorageException(String message, SQLException cause) {
        super(message, cause);
    }
}
