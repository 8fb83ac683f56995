package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Path;

/** The operator's password where none is set: made once, then kept beside the data. */
final class OperatorPassword {

    static final String SETTING = "offstage.operator.password";

    private OperatorPassword() {
    }

    /** @throws CannotStart if its file can be neither read nor written */
    static String in(Path dataDirectory) throws CannotStart {
        Path file = dataDirectory.resolve("operator-password");
        try {
            return Secret.in(file);
        } catch (IOException e) {
            throw new CannotStart(
                    "The file " + file.toAbsolutePath() + " cannot be read or written: make it so, or set "
                            + SETTING + ".",
                    e);
        }
    }
}
