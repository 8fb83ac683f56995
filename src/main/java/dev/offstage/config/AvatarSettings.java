package dev.offstage.config;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.avatar}: the pictures that users upload. */
public interface AvatarSettings {

    /** Where uploaded pictures can be kept. */
    enum Store {
        POSTGRESQL, S3
    }

    /** Where pictures are kept as they were uploaded: {@code postgresql}, or {@code s3} for an S3-compatible store. */
    @WithDefault("postgresql")
    Store store();

    /** The object storage, where the store is {@code s3}. */
    S3 s3();

    /** The most pixels (width × height) of a picture. Larger ones are refused from their header, before they take memory. */
    @WithDefault("50000000")
    long maxPixels();

    /** The most pixels (frames × width × height) of an animation. Larger ones are refused before they are decoded. */
    @WithDefault("100000000")
    long maxAnimationPixels();

    /**
     * What all decoders of a process may take together, such as {@code 512M}; two fifths of the heap by default. A picture that
     * would take more is refused at the sign-up, so API and workers should agree.
     */
    Optional<MemorySize> decodingMemory();

    /** {@code offstage.avatar.s3}. */
    interface S3 {

        /** The bucket's name. Required where the store is {@code s3}. */
        Optional<String> bucket();

        /** The address of the store; that of AWS by default. */
        Optional<URI> endpoint();

        /** The region of the bucket. */
        @WithDefault("us-east-1")
        String region();

        /** Whether the bucket is named in the path of an address and not in its host. */
        @WithDefault("false")
        boolean pathStyle();

        /** The id of the key to the bucket; by default what AWS' own variables, files and services say. */
        Optional<String> accessKey();

        /** The secret of the key to the bucket; by default what AWS' own variables, files and services say. */
        Optional<String> secretKey();

        /** How long one call may take, as a duration. */
        @WithConverter(PositiveDuration.class)
        @WithDefault("5s")
        Duration timeout();
    }
}
