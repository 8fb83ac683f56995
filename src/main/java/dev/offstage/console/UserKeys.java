package dev.offstage.console;

import java.util.Optional;

/** Tells which key the jobs of a user have. What knows users implements it; the console does not. */
public interface UserKeys {

    /**
     * @param address as an operator wrote it
     * @return empty if nobody has it
     * @throws IllegalArgumentException if it is no e-mail address
     */
    Optional<String> ofAddress(String address);
}
