package dev.offstage.testing;

import java.util.Map;

import io.quarkus.test.junit.QuarkusTestProfile;

/** Settings that no other test has, for the few that need one of them each: a start of Offstage serves all of these tests. */
public final class OtherSettings implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of("offstage.signup.reveal-taken", "false",
                // The connector repeats a failed poll by itself; here it fails the stream, as other errors do.
                "mp.messaging.incoming.scripted.retry", "false",
                "offstage.api.patience", "1s",
                "offstage.api.idle-timeout", "2s",
                "offstage.api.max-requests", "4",
                "offstage.api.connections-per-address", "40",
                "offstage.api.downloads-per-address", "3");
    }
}
