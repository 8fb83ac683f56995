package dev.offstage.task.email;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.stream.Stream;

import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.URLName;
import jakarta.mail.internet.InternetAddress;

import org.eclipse.angus.mail.smtp.SMTPTransport;

import dev.offstage.job.PermanentFailure;

import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One connection to a mail server. It is used by one thread at a time; any other may {@link #abort} it, which ends whatever it waits
 * for. What the server says per mail has a bound: Angus Mail keeps a reply in memory however long it is.
 */
final class SmtpConnection {

    private final SmtpServer server;
    private final boolean utf8;
    private final BoundedSocket socket = new BoundedSocket();
    private final Transport transport;
    private long mails;

    /** Not yet connected. */
    SmtpConnection(SmtpServer server, boolean utf8) {
        this.server = server;
        this.utf8 = utf8;
        this.transport = new Transport(server, utf8);
    }

    /** With a sentence for a refused STARTTLS. */
    private static final class Transport extends SMTPTransport {

        private boolean begun;

        Transport(SmtpServer server, boolean utf8) {
            super(server.session(utf8), new URLName("smtp", server.host(), server.port(), null, server.user(),
                    server.password()));
        }

        @Override
        protected void mailFrom() throws MessagingException {
            begun = false;
            super.mailFrom();
            begun = true;
        }

        @Override
        protected void startTLS() throws MessagingException {
            try {
                super.startTLS();
            } catch (MessagingException e) {
                if (e.getNextException() == null) {
                    throw new MessagingException("STARTTLS was refused: " + getLastServerResponse().strip(), e);
                }
                throw e;
            }
        }
    }

    void open() throws IOException, MessagingException {
        int millis = Math.toIntExact(Math.max(1, server.timeout().toMillis()));
        socket.connect(new InetSocketAddress(server.address(), server.port()), millis);
        socket.setTcpNoDelay(true);
        transport.connect(server.isEncrypted() ? encrypted() : socket);
    }

    private Socket encrypted() throws IOException {
        SSLSocket encrypted = (SSLSocket) server.sockets().createSocket(socket, server.host(), server.port(), true);
        if (server.checksNames()) {
            SSLParameters parameters = encrypted.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            encrypted.setSSLParameters(parameters);
        }
        encrypted.startHandshake();
        return encrypted;
    }

    /**
     * @param mail made for {@link SmtpServer#session} of this connection's kind
     * @throws PermanentFailure if the server does not offer what the mail needs
     * @throws MessagingException if it was not taken, or not for all
     */
    void send(MimeMail.Message mail) throws IOException, MessagingException {
        socket.restart();
        mails++;
        Address[] recipients = mail.getAllRecipients();
        if (utf8 && !transport.supportsExtension("SMTPUTF8")) {
            throw new PermanentFailure("The mail server cannot send to " + international(recipients) + ": it does not"
                    + " offer SMTPUTF8. Use another address or a mail server that offers it, then redrive this job.");
        }
        int bytes = mail.write() + (mail.endsInALine() ? 0 : 2);
        if (transport.supportsExtension("SIZE")) {
            announceSize(mail, bytes);
        }
        transport.sendMessage(mail, recipients);
    }

    private static String international(Address[] recipients) {
        return Stream.of(recipients)
                .map(recipient -> ((InternetAddress) recipient).getAddress())
                .filter(address -> !MimeMail.isAscii(address))
                .findFirst()
                .orElse("this mail's addresses");
    }

    /** As RFC 1870 has it: the server may refuse the mail before it comes. */
    private void announceSize(MimeMail.Message mail, int bytes) {
        long most = most(transport.getExtensionParameter("SIZE"));
        if (most > 0 && bytes > most) {
            throw new PermanentFailure("The mail has " + bytes + " bytes, and the mail server takes " + most
                    + ". Make it smaller, or let the server take more and redrive this job.");
        }
        mail.setMailExtension("SIZE=" + bytes);
    }

    private static long most(String parameter) {
        return parameter != null && parameter.strip().matches("\\d{1,18}") ? Long.parseLong(parameter.strip()) : 0;
    }

    /** Whether the server has not even taken the beginning of the last mail, as when it had closed the connection meanwhile. */
    boolean hasSentNothing() {
        return !transport.begun;
    }

    long mails() {
        return mails;
    }

    /** Says goodbye. */
    void close() {
        try {
            transport.close();
        } catch (MessagingException e) {
            abort(); // it is gone already
        }
    }

    /** Closes it at once, whatever another thread waits for. */
    void abort() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("A socket did not close", e);
        }
    }
}
