package dev.offstage.task.email;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.mail.Header;
import jakarta.mail.MessagingException;

import org.eclipse.angus.mail.smtp.SMTPMessage;
import org.eclipse.angus.mail.util.CRLFOutputStream;

import io.quarkus.mailer.runtime.DkimSignOptionsConfig;
import io.quarkus.mailer.runtime.DkimSignOptionsConfig.CanonicalizationAlgorithmOption;
import io.vertx.core.MultiMap;
import io.vertx.ext.mail.CanonicalizationAlgorithm;
import io.vertx.ext.mail.DKIMSignOptions;
import io.vertx.ext.mail.impl.dkim.DKIMSigner;
import io.vertx.ext.mail.mailencoder.EncodedPart;
import io.vertx.mutiny.core.Vertx;

/** Signs mails (RFC 6376) with Vert.x's signer, as {@code quarkus.mailer.dkim.*} says. */
final class Dkim {

    private final DKIMSignOptions options;
    private final Vertx vertx;

    Dkim(DkimSignOptionsConfig settings, Vertx vertx) {
        this.vertx = vertx;
        this.options = new DKIMSignOptions();
        settings.sdid().ifPresent(options::setSdid);
        settings.selector().ifPresent(options::setSelector);
        settings.auid().ifPresent(options::setAuid);
        settings.privateKey().ifPresent(options::setPrivateKey);
        settings.privateKeyPath().ifPresent(options::setPrivateKeyPath);
        settings.headerCanonAlgo().ifPresent(algorithm -> options.setHeaderCanonAlgo(algorithm(algorithm)));
        settings.bodyCanonAlgo().ifPresent(algorithm -> options.setBodyCanonAlgo(algorithm(algorithm)));
        settings.bodyLimit().ifPresent(options::setBodyLimit);
        settings.signatureTimestamp().ifPresent(options::setSignatureTimestamp);
        settings.expireTime().ifPresent(options::setExpireTime);
        settings.signedHeaders().ifPresent(options::setSignedHeaders);
    }

    private static CanonicalizationAlgorithm algorithm(CanonicalizationAlgorithmOption set) {
        return CanonicalizationAlgorithm.valueOf(set.name());
    }

    void sign(SMTPMessage message, Duration timeout) throws IOException, MessagingException {
        EncodedPart whole = new Whole(message);
        DKIMSigner signer = new DKIMSigner(options, vertx.getDelegate()); // keeps state while it signs
        try {
            String signature = signer.signEmail(vertx.getDelegate().getOrCreateContext(), whole)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            message.setHeader(DKIMSigner.DKIM_SIGNATURE_HEADER, signature);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("it could not be signed (" + e.getMessage() + "): check quarkus.mailer.dkim.*", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("nobody waits for it any longer", e);
        }
    }

    /** A mail as one part, for the signer: its headers as they are written, and all that follows them. */
    private static final class Whole extends EncodedPart {

        private final MultiMap fields = MultiMap.caseInsensitiveMultiMap();
        private final String content;

        Whole(SMTPMessage message) throws IOException, MessagingException {
            for (Header header : Collections.list(message.getAllHeaders())) {
                fields.add(header.getName(), header.getValue());
            }
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            message.writeTo(new CRLFOutputStream(written));
            String text = written.toString(StandardCharsets.UTF_8);
            content = text.substring(text.indexOf("\r\n\r\n") + 4);
        }

        @Override
        public MultiMap headers() {
            return fields;
        }

        @Override
        public String body() {
            return content;
        }

        @Override
        public List<EncodedPart> parts() {
            return List.of();
        }
    }
}
