package dev.offstage.job;

import java.util.regex.Pattern;

/**
 * A kind of work, such as {@code welcome-email}.
 *
 * @param name lower-case letters, digits and dashes, starting with a letter: it is a topic name and part of setting names
 * @param payload the class of the jobs' payloads
 * @param <P> the payload
 */
public record JobType<P>(String name, Class<P> payload) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,99}");

    /** @throws IllegalArgumentException if the name cannot be that of a topic and of settings */
    public JobType {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("The job type name \"" + name
                    + "\" must start with a letter and hold only lower-case letters, digits and dashes.");
        }
    }
}
