package dev.offstage.http;

import java.util.List;

import jakarta.ws.rs.WebApplicationException;

/** A field of a request that is not valid: answered with 400 and the field's name. */
public class InvalidField extends WebApplicationException {

    public InvalidField(String field, String message) {
        super(message, Problem.invalid(List.of(new Problem.Violation(field, message))).response());
    }
}
