package io.telltale.device;

import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * Readings that the server refused for good, each with its reason, in a file beside the queue:
 * nothing that was measured is deleted without a word. Bounded; one thread at a time.
 */
final class SetAside implements AutoCloseable {
  private final FileChannel file;
  private final SealedFrames frames;
  private final long bytesMax;
  private final Set<Long> sequences = new HashSet<>();

  /**
   * One reading.
   *
   * @param why as the server said it
   */
  record Refused(Message message, String why) {
    String json() {
      return JsonMapper.shared()
          .createObjectNode()
          .put("why", why)
          .put("topic", message.topic())
          .put("payload", message.payload().asUtf8())
          .toString();
    }
  }

  private SetAside(FileChannel file, SealedFrames frames, long bytesMax) {
    this.file = file;
    this.frames = frames;
    this.bytesMax = bytesMax;
  }

  static SetAside open(Path path, SealedFrames frames, long bytesMax) throws IOException {
    FileChannel file =
        PrivateFiles.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    var aside = new SetAside(file, frames, bytesMax);
    frames.load(file, plain -> aside.sequences.add(plain.getLong()));
    return aside;
  }

  /** False when there is no room: then the reading stays in the queue. */
  boolean add(Message message, String why) throws IOException {
    byte[] reason = why.getBytes(StandardCharsets.UTF_8);
    byte[] topic = message.topic().getBytes(StandardCharsets.UTF_8);
    int size = Long.BYTES + 2 * Short.BYTES + reason.length + topic.length;
    ByteBuffer plain = ByteBuffer.allocate(size + message.payload().size());
    plain.putLong(message.sequence());
    plain.putShort((short) reason.length).put(reason);
    plain.putShort((short) topic.length).put(topic);
    plain.put(message.payload().borrow());
    ByteBuffer frame = frames.frame(plain.array());
    boolean room =
        frame.remaining() <= SealedFrames.FRAME_MAX
            && file.position() + frame.remaining() <= bytesMax;
    if (!room || !SealedFrames.append(file, frame)) {
      return false;
    }
    sequences.add(message.sequence());
    return true;
  }

  boolean has(long sequence) {
    return sequences.contains(sequence);
  }

  int size() {
    return sequences.size();
  }

  /** All that are in the file at {@code path}, which may grow meanwhile. */
  static List<Refused> list(Path path, SealedFrames frames) throws IOException {
    var all = new ArrayList<Refused>();
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      frames.read(file, plain -> all.add(read(plain)));
    }
    return all;
  }

  List<Refused> all() throws IOException {
    var all = new ArrayList<Refused>();
    frames.load(file, plain -> all.add(read(plain)));
    return all;
  }

  private static Refused read(ByteBuffer plain) {
    long sequence = plain.getLong();
    String why = text(plain);
    String topic = text(plain);
    byte[] payload = new byte[plain.remaining()];
    plain.get(payload);
    return new Refused(new Message(sequence, topic, Bytes.adopt(payload)), why);
  }

  private static String text(ByteBuffer from) {
    byte[] text = new byte[from.getShort()];
    from.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    file.force(true);
    file.close();
  }
}
