package dev.offstage.http;

import java.io.InputStream;
import java.util.Objects;

import io.vertx.core.buffer.Buffer;

/** Reads a body that is held in memory, without a copy of it. */
final class BodyInput extends InputStream {

    private static final int BYTE = 0xFF;

    private final Buffer body;
    private int position;

    BodyInput(Buffer body) {
        this.body = body;
    }

    @Override
    public int read() {
        return position == body.length() ? -1 : body.getByte(position++) & BYTE;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int count = Math.min(length, available());
        if (count == 0) {
            return length == 0 ? 0 : -1;
        }
        body.getBytes(position, position + count, bytes, offset);
        position += count;
        return count;
    }

    @Override
    public int available() {
        return body.length() - position;
    }
}
