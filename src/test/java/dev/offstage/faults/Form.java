package dev.offstage.faults;

/** Every fault has a short form, for each build, and a full one: {@code mvn verify -Pfaults}. */
final class Form {

    private static final boolean FULL = "full".equals(System.getProperty("offstage.faults"));

    private Form() {
    }

    static int of(int shortForm, int full) {
        return FULL ? full : shortForm;
    }

    static boolean isFull() {
        return FULL;
    }
}
