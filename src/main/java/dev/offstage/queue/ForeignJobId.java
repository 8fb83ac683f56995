package dev.offstage.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a record of another program is called that has no id: the same for every delivery of it, and no other record's. The job itself
 * gets an id of when it came, for a producer may write any time into a record.
 */
final class ForeignJobId {

    private ForeignJobId() {
    }

    /**
     * A UUID v7 (RFC 9562, section 5.7) whose time is the record's and whose random bits come from where the record
     * lies and what is in it; earlier releases gave it to the job as well. The content counts because a topic that is made anew starts at offset 0 again.
     */
    static UUID of(ConsumerRecord<byte[], byte[]> record) {
        MessageDigest digest = sha256();
        digest.update((record.topic() + '-' + record.partition() + '@' + record.offset()).getBytes(UTF_8));
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(record.timestamp()).array());
        digest.update(record.value());
        ByteBuffer bits = ByteBuffer.wrap(digest.digest());
        long time = Math.max(0, record.timestamp()) << 16;
        long high = time | 0x7000L | bits.getLong() & 0x0FFFL;
        long low = 0x8000_0000_0000_0000L | bits.getLong() & 0x3FFF_FFFF_FFFF_FFFFL;
        return new UUID(high, low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
