package io.telltale.device;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.Entropy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Frames of a file, each sealed under the device's storage key: {@code length ‖ crc32c ‖ nonce ‖
 * sealed}, see {@code docs/format/agent.md}. One thread at a time.
 */
final class SealedFrames {
  static final int FRAME_MAX = 512 * 1024;
  private static final int HEAD_SIZE = 8;

  private final AesGcm aead = new AesGcm();
  private final AesKey key;
  private final byte[] noncePrefix = new byte[8];
  private int nonces;

  SealedFrames(AesKey key, Entropy entropy) {
    this.key = key;
    entropy.fill(noncePrefix);
  }

  ByteBuffer frame(byte[] plain) {
    byte[] nonce = ByteBuffer.allocate(AesGcm.NONCE_SIZE).put(noncePrefix).putInt(nonces++).array();
    byte[] sealed = aead.seal(key, nonce, new byte[0], plain);
    byte[] body = ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    ByteBuffer frame = ByteBuffer.allocate(HEAD_SIZE + body.length);
    return frame.putInt(body.length).putInt(checksum(body)).put(body).flip();
  }

  /**
   * Hands what is in each whole frame of the file to {@code sink} and cuts a torn tail off; the
   * file stands at its end then. A frame of another key is passed over.
   */
  void load(FileChannel file, Consumer<ByteBuffer> sink) throws IOException {
    long good = read(file, sink);
    file.truncate(good);
    file.position(good);
  }

  /** As {@link #load}, and changes nothing: its writer may be at work. Where the last one ends. */
  long read(FileChannel file, Consumer<ByteBuffer> sink) throws IOException {
    long good = 0;
    Optional<ByteBuffer> frame = frameAt(file, good);
    while (frame.isPresent()) {
      good += HEAD_SIZE + frame.get().remaining();
      open(frame.get()).map(ByteBuffer::wrap).ifPresent(sink);
      frame = frameAt(file, good);
    }
    return good;
  }

  /** Appends a whole frame or nothing; false where there is no room on the disk. */
  static boolean append(FileChannel file, ByteBuffer frame) throws IOException {
    long end = file.position();
    try {
      while (frame.hasRemaining()) {
        file.write(frame);
      }
      return true;
    } catch (IOException e) {
      // Half a frame would hide all that come after it from the next start.
      file.truncate(end);
      file.position(end);
      return false;
    }
  }

  private static Optional<ByteBuffer> frameAt(FileChannel file, long position) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_SIZE);
    if (file.read(head, position) < HEAD_SIZE) {
      return Optional.empty();
    }
    int size = head.flip().getInt();
    int crc = head.getInt();
    if (size <= AesGcm.NONCE_SIZE || size > FRAME_MAX) {
      return Optional.empty();
    }
    ByteBuffer body = ByteBuffer.allocate(size);
    if (file.read(body, position + HEAD_SIZE) < size || checksum(body.array()) != crc) {
      return Optional.empty();
    }
    return Optional.of(body.flip());
  }

  private Optional<byte[]> open(ByteBuffer frame) {
    byte[] nonce = new byte[AesGcm.NONCE_SIZE];
    frame.get(nonce);
    byte[] sealed = new byte[frame.remaining()];
    frame.get(sealed);
    return aead.open(key, nonce, new byte[0], sealed);
  }

  private static int checksum(byte[] body) {
    var crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }
}
