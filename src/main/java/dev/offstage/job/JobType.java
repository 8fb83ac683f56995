package dev.offstage.job;

import java.io.IOException;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A kind of work, such as {@code welcome-email}.
 *
 * @param name lower-case letters, digits and dashes, starting with a letter: it is a topic name and part of setting names
 * @param payload the class of the jobs' payloads
 * @param <P> the payload
 */
public record JobType<P>(String name, Class<P> payload) {

    /** A payload may come from a newer version of the program, which knows more fields than this one. */
    private static final DeserializationFeature UNKNOWN = DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,99}");

    /** @throws IllegalArgumentException if the name cannot be that of a topic and of settings */
    public JobType {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("The job type name \"" + name
                    + "\" must start with a letter and hold only lower-case letters, digits and dashes.");
        }
    }

    /**
     * A payload from its JSON.
     *
     * @throws JsonProcessingException if the JSON is not that of such a payload
     */
    public P read(ObjectMapper json, String written) throws JsonProcessingException {
        return json.readerFor(payload).without(UNKNOWN).readValue(written);
    }

    /**
     * The same from JSON that has been parsed already.
     *
     * @throws IOException if the JSON is not that of such a payload
     */
    public P read(ObjectMapper json, JsonNode parsed) throws IOException {
        return json.readerFor(payload).without(UNKNOWN).readValue(parsed);
    }
}
