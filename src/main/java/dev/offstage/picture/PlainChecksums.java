package dev.offstage.picture;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;

import software.amazon.awssdk.checksums.SdkChecksum;
import software.amazon.awssdk.checksums.spi.ChecksumAlgorithm;

/**
 * The AWS SDK can take checksums in C from a library that Offstage does not bring. The build of a native image fails where code
 * refers to classes that are missing, so there this takes the place of that code. On a JVM it has no effect.
 */
@TargetClass(className = "software.amazon.awssdk.checksums.internal.ChecksumProvider")
final class PlainChecksums {

    private PlainChecksums() {
    }

    /** As the SDK does without that library: it then takes its own. */
    @Substitute
    static SdkChecksum createCrtCrc32C() {
        return null;
    }

    @Substitute
    static SdkChecksum crc64NvmeCrtImplementation() {
        throw new UnsupportedOperationException("CRC64NVME needs the AWS SDK's library in C.");
    }

    @Substitute
    static SdkChecksum crtXxHash(ChecksumAlgorithm algorithm) {
        throw new UnsupportedOperationException("XXHASH needs the AWS SDK's library in C.");
    }
}
