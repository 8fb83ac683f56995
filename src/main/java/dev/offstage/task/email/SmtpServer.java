package dev.offstage.task.email;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

import jakarta.mail.Session;

import org.eclipse.angus.mail.util.MailSSLSocketFactory;

import io.quarkus.mailer.runtime.MailerRuntimeConfig;
import io.quarkus.mailer.runtime.TrustStoreConfig;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.net.JksOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.TrustOptions;

import dev.offstage.outbound.Resolver;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/** The mail server of a mailer, as {@code quarkus.mailer.*} describes it, in the terms of Angus Mail. */
final class SmtpServer {

    private static final int SMTP = 25;
    private static final int SMTPS = 465;
    private static final String NONE = "DISABLED";

    private final MailerRuntimeConfig settings;
    private final Resolver resolver;
    private final boolean encrypted;
    private final SSLSocketFactory sockets;
    private final Session usual;
    private final Session international;

    /** @throws ConfigurationException if a setting cannot be used; the message says which */
    SmtpServer(MailerRuntimeConfig settings, TlsConfigurationRegistry registry, Resolver resolver) {
        this.settings = settings;
        this.resolver = resolver;
        Optional<TlsConfiguration> tls = settings.tlsConfigurationName()
                .map(name -> registry.get(name)
                        .orElseThrow(() -> new ConfigurationException("quarkus.mailer.tls-configuration-name is " + name
                                + ", and there is no quarkus.tls." + name + ".*: set it, or name another.")));
        OldTlsSettings old = OldTlsSettings.of(settings);
        boolean trustsAll = tls.or(registry::getDefault)
                .map(TlsConfiguration::isTrustAll)
                .filter(yes -> yes || tls.isPresent())
                .or(old::trustAll)
                .orElse(false);
        this.encrypted = settings.tls().orElse(old.encrypted() || tls.isPresent());
        try {
            this.sockets = sockets(tls, trustsAll, old.trusted());
        } catch (Exception e) { // as the registry declares it
            throw new ConfigurationException("The certificates for the mail server cannot be used (" + e.getMessage()
                    + "): check quarkus.mailer.* and quarkus.tls.*", e);
        }
        this.usual = Session.getInstance(properties(!trustsAll, false));
        this.international = Session.getInstance(properties(!trustsAll, true));
    }

    private static SSLSocketFactory sockets(Optional<TlsConfiguration> tls, boolean trustsAll,
            TrustStoreConfig trusted) throws Exception {
        if (trustsAll) {
            MailSSLSocketFactory all = new MailSSLSocketFactory();
            all.setTrustAllHosts(true);
            return all;
        }
        if (tls.isPresent()) {
            return tls.get().createSSLContext().getSocketFactory();
        }
        return trusted.isConfigured() ? trusting(trusted) : SSLContext.getDefault().getSocketFactory();
    }

    private static SSLSocketFactory trusting(TrustStoreConfig trusted) throws Exception {
        List<String> paths = trusted.paths().orElse(List.of());
        TrustOptions options = switch (kind(trusted, paths)) {
            case "JKS" -> new JksOptions().setPath(paths.get(0)).setPassword(trusted.password().orElse(null));
            case "PKCS", "PKCS12" ->
                new PfxOptions().setPath(paths.get(0)).setPassword(trusted.password().orElse(null));
            default -> pem(paths);
        };
        Vertx files = Vertx.vertx(); // reads them, and no more
        try {
            TrustManager[] managers = options.getTrustManagerFactory(files).getTrustManagers();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, null);
            return context.getSocketFactory();
        } finally {
            files.close();
        }
    }

    private static String kind(TrustStoreConfig trusted, List<String> paths) {
        if (paths.isEmpty()) {
            throw new ConfigurationException("quarkus.mailer.truststore.paths is not set: name the file.");
        }
        String ending = paths.get(0).toLowerCase(Locale.ROOT).replaceFirst(".*\\.", "");
        return trusted.type().orElse(switch (ending) {
            case "jks" -> "JKS";
            case "p12", "pkcs12", "pfx" -> "PKCS12";
            default -> "PEM";
        }).toUpperCase(Locale.ROOT);
    }

    private static PemTrustOptions pem(List<String> paths) {
        PemTrustOptions options = new PemTrustOptions();
        paths.forEach(options::addCertPath);
        return options;
    }

    private Properties properties(boolean checksNames, boolean utf8) {
        Properties properties = new Properties();
        settings.from().ifPresent(from -> properties.put("mail.from", from));
        settings.ownHostName().ifPresent(name -> properties.put("mail.smtp.localhost", name));
        settings.authMethods().ifPresent(methods -> properties.put("mail.smtp.auth.mechanisms", methods));
        settings.ntlm().domain().ifPresent(domain -> properties.put("mail.smtp.auth.ntlm.domain", domain));
        String login = settings.login().toUpperCase(Locale.ROOT);
        if (login.equals("XOAUTH2")) {
            properties.put("mail.smtp.auth.mechanisms", "XOAUTH2");
        }
        properties.put("mail.smtp.auth", Boolean.toString(login.equals("REQUIRED")));
        String startTls = settings.startTLS().toUpperCase(Locale.ROOT);
        properties.put("mail.smtp.starttls.enable", Boolean.toString(!startTls.equals(NONE)));
        properties.put("mail.smtp.starttls.required", Boolean.toString(startTls.equals("REQUIRED") && !encrypted));
        properties.put("mail.smtp.ssl.socketFactory", sockets);
        properties.put("mail.smtp.ssl.checkserveridentity", Boolean.toString(checksNames));
        properties.put("mail.smtp.ehlo", Boolean.toString(!settings.disableEsmtp()));
        properties.put("mail.smtp.sendpartial", Boolean.toString(settings.allowRcptErrors()));
        properties.put("mail.smtp.quitwait", "false");
        properties.put("mail.mime.allowutf8", Boolean.toString(utf8));
        return properties;
    }

    /** @param utf8 whether to send with SMTPUTF8: then headers and addresses are in UTF-8 */
    Session session(boolean utf8) {
        return utf8 ? international : usual;
    }

    String host() {
        return settings.host();
    }

    /**
     * Where to connect, under the name that is set: Angus Mail holds the certificate after STARTTLS against it, and would else ask DNS
     * for one.
     *
     * @throws IOException if the name has no address, or DNS does not say so in time
     */
    InetAddress address() throws IOException {
        try {
            return InetAddress.getByAddress(host(), resolver.resolve(host()).get(0).getAddress());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while DNS was asked for " + host(), e);
        }
    }

    int port() {
        return settings.port().orElse(encrypted ? SMTPS : SMTP);
    }

    /** Whether TLS begins with the first byte, and not after STARTTLS. */
    boolean isEncrypted() {
        return encrypted;
    }

    SSLSocketFactory sockets() {
        return sockets;
    }

    boolean checksNames() {
        return Boolean.parseBoolean(usual.getProperty("mail.smtp.ssl.checkserveridentity"));
    }

    /** Null for no login. */
    String user() {
        return settings.login().equalsIgnoreCase(NONE) ? null : settings.username().orElse(null);
    }

    /** Null for no login. */
    String password() {
        return settings.login().equalsIgnoreCase(NONE) ? null : settings.password().orElse(null);
    }

    Duration timeout() {
        return settings.timeout();
    }
}
