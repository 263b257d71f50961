package io.telltale.device;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Messages in a file, each sealed under the device's storage key: a stolen device shows no reading
 * at rest. A frame is {@code length ‖ crc32c ‖ nonce ‖ sealed(sequence ‖ topic length ‖ topic ‖
 * payload)}; of two frames with one sequence the later counts; a torn tail is cut off when the file
 * is opened. It survives the end of the process at any moment; a power cut may take the last
 * seconds, since flash that is synced for each reading does not last.
 */
public final class FileQueue implements OutgoingQueue {
  private static final int HEAD_SIZE = 8;
  private static final int FRAME_MAX = 512 * 1024;
  // A crash skips what is left of a block: a gap, but never the same sequence for two readings.
  private static final long SEQUENCES_PER_BLOCK = 1_000;

  private final Path sequenceFile;
  private final Path queueFile;
  private FileChannel channel;
  private final AesGcm aead = new AesGcm();
  private final AesKey key;
  private final byte[] noncePrefix = new byte[8];
  private final long bytesMax;
  private final TreeMap<Long, Message> pending = new TreeMap<>();
  private int nonces;
  private long next;
  private long reservedTo;

  /**
   * @param folder where the queue lives; made if missing
   * @param bytesMax how large the file may get
   */
  public record Settings(Path folder, long bytesMax) {}

  private FileQueue(Settings settings, FileChannel channel, AesKey key, Entropy entropy) {
    this.sequenceFile = settings.folder().resolve("sequence");
    this.queueFile = settings.folder().resolve("queue");
    this.channel = channel;
    this.key = key;
    this.bytesMax = settings.bytesMax();
    entropy.fill(noncePrefix);
  }

  /** Opens or creates the queue; {@code storageKey} is 32 bytes and stays the caller's. */
  public static FileQueue open(Settings settings, SecretBytes storageKey, Entropy entropy) {
    try {
      Files.createDirectories(settings.folder());
      FileChannel channel =
          FileChannel.open(
              settings.folder().resolve("queue"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      var queue = new FileQueue(settings, channel, AesKey.of(storageKey), entropy);
      queue.load();
      return queue;
    } catch (IOException e) {
      throw new UnavailableException("opening the queue in " + settings.folder(), e);
    }
  }

  private void load() throws IOException {
    long good = 0;
    while (true) {
      Optional<ByteBuffer> frame = frameAt(good);
      if (frame.isEmpty()) {
        break;
      }
      int size = frame.get().remaining();
      read(frame.get()).ifPresent(message -> pending.put(message.sequence(), message));
      good += HEAD_SIZE + size;
    }
    channel.truncate(good);
    channel.position(good);
    next = Files.exists(sequenceFile) ? Long.parseLong(Files.readString(sequenceFile).strip()) : 1;
    if (!pending.isEmpty()) {
      next = Math.max(next, pending.lastKey() + 1);
    }
    reservedTo = next;
  }

  private Optional<ByteBuffer> frameAt(long position) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_SIZE);
    if (channel.read(head, position) < HEAD_SIZE) {
      return Optional.empty();
    }
    int size = head.flip().getInt();
    int crc = head.getInt();
    if (size <= AesGcm.NONCE_SIZE || size > FRAME_MAX) {
      return Optional.empty();
    }
    ByteBuffer body = ByteBuffer.allocate(size);
    if (channel.read(body, position + HEAD_SIZE) < size || checksum(body.array()) != crc) {
      return Optional.empty();
    }
    return Optional.of(body.flip());
  }

  private static int checksum(byte[] body) {
    var crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  private Optional<Message> read(ByteBuffer frame) {
    byte[] nonce = new byte[AesGcm.NONCE_SIZE];
    frame.get(nonce);
    byte[] sealed = new byte[frame.remaining()];
    frame.get(sealed);
    return aead.open(key, nonce, new byte[0], sealed)
        .map(
            plain -> {
              ByteBuffer buffer = ByteBuffer.wrap(plain);
              long sequence = buffer.getLong();
              byte[] topic = new byte[buffer.getShort()];
              buffer.get(topic);
              byte[] payload = new byte[buffer.remaining()];
              buffer.get(payload);
              return new Message(
                  sequence, new String(topic, StandardCharsets.UTF_8), Bytes.adopt(payload));
            });
  }

  @Override
  public long nextSequence() {
    if (next == reservedTo) {
      reservedTo = next + SEQUENCES_PER_BLOCK;
      writeSequence(reservedTo);
    }
    return next++;
  }

  private void writeSequence(long value) {
    try {
      Path temporary = sequenceFile.resolveSibling("sequence.new");
      Files.writeString(
          temporary,
          Long.toString(value),
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE,
          StandardOpenOption.DSYNC);
      Files.move(
          temporary,
          sequenceFile,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UnavailableException("reserving sequence numbers", e);
    }
  }

  @Override
  public boolean add(Message message) {
    ByteBuffer frame = frame(message);
    if (frame.remaining() > FRAME_MAX || !write(frame)) {
      return false;
    }
    pending.put(message.sequence(), message);
    return true;
  }

  /** False where there is no room, on the disk neither. */
  private boolean write(ByteBuffer frame) {
    try {
      if (!makeRoom(frame.remaining())) {
        return false;
      }
      long end = channel.position();
      try {
        while (frame.hasRemaining()) {
          channel.write(frame);
        }
        return true;
      } catch (IOException e) {
        // Half a frame would hide all that come after it from the next start.
        channel.truncate(end);
        channel.position(end);
        return false;
      }
    } catch (IOException e) {
      return false;
    }
  }

  private ByteBuffer frame(Message message) {
    byte[] topic = message.topic().getBytes(StandardCharsets.UTF_8);
    ByteBuffer plain = ByteBuffer.allocate(10 + topic.length + message.payload().size());
    plain.putLong(message.sequence()).putShort((short) topic.length).put(topic);
    plain.put(message.payload().borrow());
    byte[] nonce = nonce();
    byte[] sealed = aead.seal(key, nonce, new byte[0], plain.array());
    byte[] body = ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    ByteBuffer frame = ByteBuffer.allocate(HEAD_SIZE + body.length);
    return frame.putInt(body.length).putInt(checksum(body)).put(body).flip();
  }

  /** Rewrites the file without what was answered, if that gives the room. */
  private boolean makeRoom(int size) throws IOException {
    if (channel.position() + size <= bytesMax) {
      return true;
    }
    List<ByteBuffer> live = pending.values().stream().map(this::frame).toList();
    long liveBytes = live.stream().mapToLong(ByteBuffer::remaining).sum();
    // Half, so that the rewriting costs less than what it makes room for.
    if (liveBytes + size > bytesMax / 2) {
      return false;
    }
    FileChannel next = rewritten(live);
    channel.close();
    channel = next;
    return true;
  }

  private FileChannel rewritten(List<ByteBuffer> live) throws IOException {
    Path draft = queueFile.resolveSibling("queue.new");
    FileChannel next =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      for (ByteBuffer frame : live) {
        while (frame.hasRemaining()) {
          next.write(frame);
        }
      }
      next.force(true);
      Files.move(
          draft, queueFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return next;
    } catch (IOException e) {
      // A full disk needs the draft's room, and whoever waits for it comes here again and again.
      next.close();
      Files.deleteIfExists(draft);
      throw e;
    }
  }

  private byte[] nonce() {
    return ByteBuffer.allocate(AesGcm.NONCE_SIZE).put(noncePrefix).putInt(nonces++).array();
  }

  @Override
  public void remove(long sequence) {
    if (pending.remove(sequence) != null && pending.isEmpty()) {
      try {
        channel.truncate(0);
        channel.position(0);
      } catch (IOException e) {
        throw new UnavailableException("emptying the queue", e);
      }
    }
  }

  @Override
  public List<Message> pending() {
    return new ArrayList<>(pending.values());
  }

  @Override
  public void close() {
    try {
      channel.force(true);
      writeSequence(next);
      channel.close();
    } catch (IOException e) {
      throw new UnavailableException("closing the queue", e);
    }
  }
}
