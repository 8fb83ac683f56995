package dev.offstage.testing;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.filesystem.FilesystemApiMetadata;

import dev.offstage.embedded.Ports;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** An S3-compatible store with one bucket, in a process of its own on this machine. It keeps its objects in files. */
public final class ObjectStore implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final String BUCKET = "pictures";
    private static final String KEY = "test";
    private static final String SECRET = "only-for-tests";

    private final Path directory;
    private final int port = Ports.free();
    private final S3Client client;
    private Process process;

    public ObjectStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        client = S3Client.builder()
                .endpointOverride(URI.create(url(port)))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET)))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        start();
        client.createBucket(create -> create.bucket(BUCKET));
    }

    /** Again, after {@link #stop}, with what it had. */
    public void start() throws IOException {
        process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
                "-cp",
                classPath(), ObjectStore.class.getName(), directory.toString(), Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolveSibling("store.log").toFile()))
                .start();
        Awaitility.await().atMost(START).ignoreExceptions().until(() -> client.listBuckets().hasBuckets());
    }

    /** Quarkus' own build has an older Guice than the store needs. */
    private static String classPath() {
        return Stream.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator))
                .filter(part -> !part.matches(".*guice-5[^/\\\\]*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    public void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    /** Settings of a service that is to keep its pictures here. */
    public Map<String, String> settings() {
        return Map.of("offstage.avatar.store", "s3",
                "offstage.avatar.s3.bucket", BUCKET,
                "offstage.avatar.s3.endpoint", url(port),
                "offstage.avatar.s3.path-style", "true",
                "offstage.avatar.s3.access-key", KEY,
                "offstage.avatar.s3.secret-key", SECRET);
    }

    public void put(String key, byte[] content) {
        client.putObject(put -> put.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    public List<String> keys() {
        return client.listObjectsV2(list -> list.bucket(BUCKET)).contents().stream().map(S3Object::key).toList();
    }

    public byte[] content(String key) {
        return client.getObjectAsBytes(get -> get.bucket(BUCKET).key(key)).asByteArray();
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
        process.onExit().join();
    }

    /** The store itself: its directory and its port. */
    public static void main(String[] arguments) throws Exception {
        Properties where = new Properties();
        where.setProperty("jclouds.filesystem.basedir", arguments[0]);
        BlobStoreContext files = ContextBuilder.newBuilder(new FilesystemApiMetadata())
                .credentials(KEY, SECRET)
                .overrides(where)
                .build(BlobStoreContext.class);
        S3Proxy.builder()
                .blobStore(files.getBlobStore())
                .endpoint(URI.create(url(Integer.parseInt(arguments[1]))))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
                .build()
                .start();
    }
}
