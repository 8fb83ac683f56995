package dev.offstage.picture;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.AvatarSettings;
import dev.offstage.picture.format.UploadedFile;
import dev.offstage.storage.Dependency;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** The bucket of an S3-compatible store, where each original is the object {@code originals/<user>}. */
final class Bucket implements AutoCloseable {

    private static final String PREFIX = "originals/";
    private static final String ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private final S3Client client;
    private final String name;
    private final Dependency health;

    Bucket(AvatarSettings.S3 settings, Dependency health) {
        this.health = health;
        this.name = settings.bucket()
                .filter(bucket -> !bucket.isBlank())
                .orElseThrow(() -> new ConfigurationException("offstage.avatar.s3.bucket is not set: set it to the"
                        + " bucket for uploaded pictures, or offstage.avatar.store to postgresql."));
        if (settings.accessKey().isPresent() != settings.secretKey().isPresent()) {
            throw new ConfigurationException("Set both offstage.avatar.s3.access-key and offstage.avatar.s3.secret-key,"
                    + " or neither for what AWS' own variables, files and services say.");
        }
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(settings.region()))
                .forcePathStyle(settings.pathStyle())
                // Other stores than AWS' refuse what it adds to a request that does not need it.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(settings.timeout())
                        .socketTimeout(settings.timeout()))
                .overrideConfiguration(call -> call.apiCallTimeout(settings.timeout()));
        settings.endpoint().ifPresent(builder::endpointOverride);
        settings.accessKey()
                .ifPresent(key -> builder.credentialsProvider(StaticCredentialsProvider
                        .create(AwsBasicCredentials.create(key, settings.secretKey().orElseThrow()))));
        this.client = builder.build();
    }

    void put(OriginalAvatar picture) {
        ask("keep", s3 -> s3.putObject(
                put -> put.bucket(name).key(key(picture.userId())).contentType(picture.upload().contentType()),
                body(picture.upload().file())));
    }

    private static RequestBody body(UploadedFile file) {
        return file instanceof UploadedFile.OnDisk large
                ? RequestBody.fromFile(large.path())
                : RequestBody.fromBytes(((UploadedFile.InMemory) file).bytes());
    }

    Optional<byte[]> get(UUID userId) {
        return ask("read", s3 -> {
            try {
                return Optional.of(s3.getObjectAsBytes(get -> get.bucket(name).key(key(userId))).asByteArray());
            } catch (NoSuchKeyException e) {
                return Optional.empty();
            }
        });
    }

    List<UUID> usersAfter(UUID last) {
        return ask("list", s3 -> s3.listObjectsV2(list -> list.bucket(name).prefix(PREFIX).startAfter(key(last))))
                .contents()
                .stream()
                .map(object -> object.key().substring(PREFIX.length()))
                .filter(object -> object.matches(ID)) // an object with another name is not one of ours
                .map(UUID::fromString)
                .toList();
    }

    void remove(UUID userId) {
        ask("remove", s3 -> s3.deleteObject(delete -> delete.bucket(name).key(key(userId))));
    }

    private <T> T ask(String what, Function<S3Client, T> question) {
        try {
            T answer = question.apply(client);
            health.worked();
            return answer;
        } catch (SdkException e) {
            health.failed(e);
            throw new OriginalsUnavailable("The bucket " + name + " did not " + what + " an uploaded picture: "
                    + e.getMessage(), e);
        }
    }

    private static String key(UUID userId) {
        return PREFIX + userId;
    }

    @Override
    public void close() {
        client.close();
    }
}
