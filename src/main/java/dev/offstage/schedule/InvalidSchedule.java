package dev.offstage.schedule;

/** What somebody wants of a schedule cannot be done; the message says what to change. */
public final class InvalidSchedule extends IllegalArgumentException {

    private final String field;

    /** @param field where it is: {@code name}, {@code cron}, {@code zone}, {@code type} or {@code payload} */
    InvalidSchedule(String field, String message) {
        super(message);
        this.field = field;
    }

    public String field() {
        return field;
    }
}
