package dev.offstage.storage;

import java.sql.SQLException;

/** PostgreSQL did not do what it was asked. */
public class StorageException extends RuntimeException {

    /** @param cause by which it can be told whether time mends it */
    public StorageException(String message, SQLException cause) {
        super(message, cause);
    }
}
