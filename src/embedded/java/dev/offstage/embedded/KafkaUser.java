package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;

import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;

/**
 * The only one who may connect to the embedded Kafka. By SCRAM each side shows the other that it knows the password, without
 * sending it: a program that listens at the port while Kafka is down does not learn it from a client.
 */
final class KafkaUser {

    private static final String NAME = "offstage";
    private static final ScramMechanism MECHANISM = ScramMechanism.SCRAM_SHA_256;
    private static final String PROTOCOL = "SASL_PLAINTEXT";
    private static final String LOGIN = "sasl.jaas.config";

    static {
        Security.insertProviderAt(new Mechanisms(), 1);
    }

    private final String login;

    private KafkaUser(String password) {
        this.login = "%s required username=\"%s\" password=\"%s\";".formatted(ScramLoginModule.class.getName(), NAME,
                password);
    }

    /** With the password in that file, which is made if it is missing. */
    static KafkaUser in(Path passwordFile) throws IOException {
        return new KafkaUser(Secret.in(passwordFile));
    }

    /** What a client of Kafka needs beside the address. */
    Map<String, String> clientSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("security.protocol", PROTOCOL);
        settings.put("sasl.mechanism", MECHANISM.mechanismName());
        settings.put(LOGIN, login);
        return settings;
    }

    /** Writes them down for Kafka's own tools, for the owner of the file alone. */
    void writeClientSettings(Path file) throws IOException {
        Secret.write(file, clientSettings().entrySet()
                .stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                .collect(Collectors.joining()));
    }

    /** What a broker needs to ask for the password at these listeners, and to know it where it connects to itself or to another. */
    Map<String, Object> brokerSettings(List<String> listeners) {
        String mechanism = MECHANISM.mechanismName();
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("listener.security.protocol.map",
                listeners.stream().map(listener -> listener + ":" + PROTOCOL).collect(Collectors.joining(",")));
        settings.put("sasl.enabled.mechanisms", mechanism);
        settings.put("sasl.mechanism.inter.broker.protocol", mechanism);
        settings.put("sasl.mechanism.controller.protocol", mechanism);
        for (String listener : listeners) {
            String prefix = ("listener.name." + listener + "." + mechanism + ".").toLowerCase(Locale.ROOT);
            settings.put(prefix + LOGIN, login);
            settings.put(prefix + "sasl.server.callback.handler.class", Credentials.class);
        }
        return settings;
    }

    /**
     * Java has one list of SASL's mechanisms for the whole process, in which the first Kafka of the process has entered its own, and
     * that one does not know the classes of a Kafka of another class loader. Each has an entry here, for its own broker alone.
     */
    private static final class Mechanisms extends Provider {

        private static final long serialVersionUID = 1;

        Mechanisms() {
            super("Offstage SCRAM " + System.identityHashCode(KafkaUser.class.getClassLoader()), "1",
                    "SCRAM for the embedded Kafka");
            putService(new Service(this, "SaslServerFactory", MECHANISM.mechanismName(), ServerFactory.class.getName(),
                    null, null) {
                @Override
                public Object newInstance(Object parameter) {
                    return new ServerFactory();
                }
            });
        }
    }

    private static final class ServerFactory implements SaslServerFactory {

        /** Null for the broker of another Kafka, which then asks the next entry. */
        @Override
        public SaslServer createSaslServer(String mechanism, String protocol, String serverName,
                Map<String, ?> settings,
                CallbackHandler handler) throws SaslException {
            try {
                return handler instanceof Credentials ? new ScramSaslServer(MECHANISM, settings, handler) : null;
            } catch (NoSuchAlgorithmException e) {
                throw new SaslException("Every Java has SHA-256.", e);
            }
        }

        @Override
        public String[] getMechanismNames(Map<String, ?> settings) {
            return new String[]{MECHANISM.mechanismName()};
        }
    }

    /** Kafka itself would look for them among its data, which it does not have yet when its controllers connect. */
    public static final class Credentials implements AuthenticateCallbackHandler {

        private String user;
        private ScramCredential credential;

        @Override
        public void configure(Map<String, ?> settings, String mechanism, List<AppConfigurationEntry> logins) {
            Map<String, ?> login = logins.get(0).getOptions();
            user = (String) login.get("username");
            try {
                credential = new ScramFormatter(MECHANISM).generateCredential((String) login.get("password"),
                        MECHANISM.minIterations());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Every Java has SHA-256.", e);
            }
        }

        @Override
        public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
            String name = null;
            for (Callback callback : callbacks) {
                if (callback instanceof NameCallback asked) {
                    name = asked.getDefaultName();
                } else if (callback instanceof ScramCredentialCallback wanted) {
                    wanted.scramCredential(user.equals(name) ? credential : null);
                } else {
                    throw new UnsupportedCallbackException(callback);
                }
            }
        }

        @Override
        public void close() {
            // It holds nothing that must be given back.
        }
    }
}
