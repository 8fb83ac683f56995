package dev.offstage.embedded;

import java.nio.file.Path;

/**
 * Where the embedded parts keep their data and listen; a port of 0 is any free one.
 *
 * @param mailboxPort where mail can be seen in a browser
 * @param collectorPort where analytics events go and can be seen
 */
public record EmbeddedSettings(Path dataDirectory, int kafkaPort, int postgresPort, int smtpPort, int mailboxPort,
        int collectorPort) {}
