package io.telltale.device;

import io.telltale.crypto.AesKey;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Messages in a file, each sealed under the device's storage key: a stolen device shows no reading
 * at rest ({@code docs/format/agent.md}). Of two frames with one sequence the later counts; a torn
 * tail is cut off when the file is opened; what was set aside is not pending. It survives the end
 * of the process at any moment; a power cut may take the last seconds, since flash that is synced
 * for each reading does not last.
 */
public final class FileQueue implements OutgoingQueue {
  // In place of a sequence number: those that follow are answered. Far fewer than the server knows.
  private static final long ANSWERED = -1;
  private static final int ANSWERED_MAX = 32;
  // The same: how far a file was taken follows, and the reading that it was taken for, if any.
  private static final long MARKED = -2;
  private static final int MARK_BYTES = Long.BYTES + 2 * Hash.SIZE + Long.BYTES;
  private static final int MARKS_MAX = 256;
  // What marks alone may leave behind before the file is written anew.
  private static final long IDLE_BYTES_MAX = 1 << 20;
  // A crash skips what is left of a block: a gap, but never the same sequence for two readings.
  private static final long SEQUENCES_PER_BLOCK = 1_000;

  private final Path sequenceFile;
  private final Path queueFile;
  private FileChannel channel;
  private final SealedFrames frames;
  private final SetAside aside;
  private final long bytesMax;
  private final TreeMap<Long, Message> pending = new TreeMap<>();
  private final ArrayDeque<Long> answered = new ArrayDeque<>();
  private final LinkedHashMap<Hash, FileMark> marks = new LinkedHashMap<>();
  private long next;
  private long reservedTo;
  private @Nullable FolderLock lock;

  /**
   * @param folder where the queue lives; made if missing
   * @param bytesMax how large the file may get, and that of what was set aside
   */
  public record Settings(Path folder, long bytesMax) {}

  private FileQueue(Settings settings, FileChannel channel, SealedFrames frames, SetAside aside) {
    this.sequenceFile = settings.folder().resolve("sequence");
    this.queueFile = settings.folder().resolve("queue");
    this.channel = channel;
    this.frames = frames;
    this.aside = aside;
    this.bytesMax = settings.bytesMax();
  }

  /** Opens or creates the queue; {@code storageKey} is 32 bytes and stays the caller's. */
  public static FileQueue open(Settings settings, SecretBytes storageKey, Entropy entropy) {
    try {
      PrivateFiles.folder(settings.folder());
      FileChannel channel =
          PrivateFiles.open(
              settings.folder().resolve("queue"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      var frames = new SealedFrames(AesKey.of(storageKey), entropy);
      SetAside aside =
          SetAside.open(settings.folder().resolve("aside"), frames, settings.bytesMax());
      var queue = new FileQueue(settings, channel, frames, aside);
      PrivateFiles.sync(settings.folder());
      queue.load();
      return queue;
    } catch (IOException e) {
      throw new UnavailableException("opening the queue in " + settings.folder(), e);
    }
  }

  /** Gives {@code lock} back once the queue is closed. */
  FileQueue holding(FolderLock lock) {
    this.lock = lock;
    return this;
  }

  private void load() throws IOException {
    frames.load(
        channel,
        plain -> {
          long sequence = plain.getLong();
          if (sequence == ANSWERED) {
            while (plain.hasRemaining()) {
              pending.remove(plain.getLong());
            }
          } else if (sequence == MARKED) {
            keep(mark(plain));
            if (plain.hasRemaining()) {
              loaded(plain.getLong(), plain);
            }
          } else {
            loaded(sequence, plain);
          }
        });
    next =
        PrivateFiles.mayExist(sequenceFile)
            ? Long.parseLong(Files.readString(sequenceFile).strip())
            : 1;
    if (!pending.isEmpty()) {
      next = Math.max(next, pending.lastKey() + 1);
    }
    reservedTo = next;
  }

  private void loaded(long sequence, ByteBuffer plain) {
    if (!aside.has(sequence)) {
      pending.put(sequence, message(sequence, plain));
    }
  }

  private static FileMark mark(ByteBuffer plain) {
    return new FileMark(hash(plain), plain.getLong(), hash(plain));
  }

  private static Hash hash(ByteBuffer plain) {
    byte[] value = new byte[Hash.SIZE];
    plain.get(value);
    return new Hash(Bytes.adopt(value));
  }

  private void keep(FileMark mark) {
    // The latest last.
    marks.remove(mark.file());
    marks.put(mark.file(), mark);
    if (marks.size() > MARKS_MAX) {
      marks.remove(marks.firstEntry().getKey());
    }
  }

  private static Message message(long sequence, ByteBuffer plain) {
    byte[] topic = new byte[plain.getShort()];
    plain.get(topic);
    byte[] payload = new byte[plain.remaining()];
    plain.get(payload);
    return new Message(sequence, new String(topic, StandardCharsets.UTF_8), Bytes.adopt(payload));
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
      PrivateFiles.write(sequenceFile, Bytes.utf8(Long.toString(value)));
    } catch (IOException e) {
      throw new UnavailableException("reserving sequence numbers", e);
    }
  }

  @Override
  public boolean add(Message message) {
    return add(message, frame(message));
  }

  @Override
  public boolean add(Message message, FileMark mark) {
    byte[] reading = plain(message);
    ByteBuffer both = ByteBuffer.allocate(MARK_BYTES + reading.length);
    if (!add(message, frames.frame(putMark(both, mark).put(reading).array()))) {
      return false;
    }
    keep(mark);
    return true;
  }

  @Override
  public Optional<FileMark> taken(Hash file) {
    return Optional.ofNullable(marks.get(file));
  }

  private static ByteBuffer putMark(ByteBuffer into, FileMark mark) {
    into.putLong(MARKED).put(mark.file().value().borrow()).putLong(mark.rows());
    return into.put(mark.chain().value().borrow());
  }

  private boolean add(Message message, ByteBuffer frame) {
    if (frame.remaining() > SealedFrames.FRAME_MAX || !write(frame)) {
      return false;
    }
    pending.put(message.sequence(), message);
    return true;
  }

  /** False where there is no room, on the disk neither. */
  private boolean write(ByteBuffer frame) {
    try {
      return makeRoom(frame.remaining()) && SealedFrames.append(channel, frame);
    } catch (IOException e) {
      return false;
    }
  }

  private ByteBuffer frame(Message message) {
    return frames.frame(plain(message));
  }

  private static byte[] plain(Message message) {
    byte[] topic = message.topic().getBytes(StandardCharsets.UTF_8);
    ByteBuffer plain = ByteBuffer.allocate(10 + topic.length + message.payload().size());
    plain.putLong(message.sequence()).putShort((short) topic.length).put(topic);
    plain.put(message.payload().borrow());
    return plain.array();
  }

  /** Rewrites the file without what was answered, if that gives the room. */
  private boolean makeRoom(int size) throws IOException {
    if (channel.position() + size <= bytesMax) {
      return true;
    }
    List<ByteBuffer> live = live();
    long liveBytes = live.stream().mapToLong(ByteBuffer::remaining).sum();
    // Half, so that the rewriting costs less than what it makes room for.
    if (liveBytes + size > bytesMax / 2) {
      return false;
    }
    become(rewritten(live));
    return true;
  }

  private void become(FileChannel next) throws IOException {
    answered.clear();
    channel.close();
    channel = next;
  }

  private List<ByteBuffer> live() {
    Stream<ByteBuffer> taken =
        marks.values().stream()
            .map(mark -> frames.frame(putMark(ByteBuffer.allocate(MARK_BYTES), mark).array()));
    return Stream.concat(taken, pending.values().stream().map(this::frame)).toList();
  }

  private FileChannel rewritten(List<ByteBuffer> live) throws IOException {
    Path draft = queueFile.resolveSibling("queue.new");
    FileChannel next =
        PrivateFiles.open(
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
      PrivateFiles.move(draft, queueFile);
      return next;
    } catch (IOException e) {
      // A full disk needs the draft's room, and whoever waits for it comes here again and again.
      next.close();
      Files.deleteIfExists(draft);
      throw e;
    }
  }

  @Override
  public void remove(long sequence) {
    if (pending.remove(sequence) == null) {
      return;
    }
    answered.add(sequence);
    if (pending.isEmpty()) {
      empty();
    } else if (answered.size() == ANSWERED_MAX) {
      writeAnswered();
    }
  }

  private void empty() {
    try {
      if (marks.isEmpty()) {
        answered.clear();
        channel.truncate(0);
        channel.position(0);
      } else if (channel.position() > IDLE_BYTES_MAX) {
        become(rewritten(live()));
      } else {
        writeAnswered();
      }
    } catch (IOException e) {
      throw new UnavailableException("emptying the queue", e);
    }
  }

  // Without it a restart would send again what the server has long forgotten the bytes of. Where it
  // cannot be written the server is asked again.
  private void writeAnswered() {
    ByteBuffer plain = ByteBuffer.allocate((1 + answered.size()) * Long.BYTES).putLong(ANSWERED);
    answered.forEach(plain::putLong);
    if (write(frames.frame(plain.array()))) {
      answered.clear();
    }
    while (answered.size() >= ANSWERED_MAX) {
      answered.removeFirst();
    }
  }

  @Override
  public boolean setAside(Message message, String why) {
    try {
      if (!aside.has(message.sequence()) && !aside.add(message, why)) {
        return false;
      }
    } catch (IOException e) {
      return false;
    }
    remove(message.sequence());
    return true;
  }

  @Override
  public int asideCount() {
    return aside.size();
  }

  /** What was set aside, oldest first. */
  List<SetAside.Refused> aside() {
    try {
      return aside.all();
    } catch (IOException e) {
      throw new UnavailableException("reading what was set aside", e);
    }
  }

  @Override
  public int size() {
    return pending.size();
  }

  @Override
  public List<Message> pending() {
    return new ArrayList<>(pending.values());
  }

  @Override
  public void close() {
    try {
      if (!answered.isEmpty()) {
        writeAnswered();
      }
      channel.force(true);
      writeSequence(next);
      channel.close();
      aside.close();
    } catch (IOException e) {
      throw new UnavailableException("closing the queue", e);
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }
}
