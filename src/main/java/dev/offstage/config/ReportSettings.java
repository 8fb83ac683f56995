package dev.offstage.config;

import java.util.List;
import java.util.Optional;

/** {@code offstage.report}: jobs of the type {@code report}. */
public interface ReportSettings {

    /** Who gets a mail with a link to each report whose job names nobody, as addresses with commas between them; nobody by default. */
    Optional<List<String>> mailTo();
}
