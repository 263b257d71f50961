package io.telltale.lake.seal;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.lake.LakeParts;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Iceberg's table metadata, manifest lists and manifests as sealed objects. A location names the
 * key and the file: {@code meta/<key id>/<file id>.<kind>}, a kind being {@code gz.metadata.json}
 * or {@code avro}; locations are never used twice.
 */
public final class MetadataIo implements FileIO {
  public static final String FOLDER = "meta";
  private static final Pattern KEY_FOLDER = Pattern.compile("meta/[0-9a-f]{32}");
  private static final Pattern LOCATION =
      Pattern.compile("meta/([0-9a-f]{32})/([0-9a-f]{32})\\.(?:gz\\.metadata\\.json|avro)");
  private static final long CACHE_BYTES_MAX = 32L << 20;

  private final transient LakeParts parts;
  private final transient MetadataKeys keys;
  private final transient Cache cache = new Cache();

  public MetadataIo(LakeParts parts, MetadataKeys keys) {
    this.parts = parts;
    this.keys = keys;
  }

  public String newLocation(String kind) {
    String file = parts.random(SealedBlocks.FILE_ID_BYTES).hex();
    return FOLDER + "/" + keys.currentId() + "/" + file + "." + kind;
  }

  /** Whether {@code name} is that of a folder which holds what one key has sealed. */
  public static boolean isKeyFolder(String name) {
    return KEY_FOLDER.matcher(name).matches();
  }

  @Override
  public InputFile newInputFile(String location) {
    return new Input(location);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new Output(location);
  }

  @Override
  public void deleteFile(String location) {
    parts.objects().delete(location);
  }

  private Bytes read(String location) {
    return cache.get(location).orElseGet(() -> readSealed(location));
  }

  private static CorruptException gone(String location) {
    return new CorruptException(
        "table metadata is gone: "
            + location
            + ": is the disk of lake/objects mounted? If it is, './telltale check --deep' names all"
            + " that is lost");
  }

  private Bytes readSealed(String location) {
    Bytes sealed = parts.objects().get(location).orElseThrow(() -> gone(location));
    long size =
        SealedBlocks.plainBytes(sealed.size())
            .orElseThrow(() -> new CorruptException("table metadata was cut: " + location));
    Name name = Name.of(location);
    ByteBuffer plain = ByteBuffer.allocate(Math.toIntExact(size));
    SealedBlocks.open(keys.fileKey(name.key(), name.file()), name.file(), sealed.asBuffer(), plain);
    Bytes bytes = Bytes.adopt(plain.array());
    cache.put(location, bytes);
    return bytes;
  }

  private void write(String location, Bytes plain) {
    Name name = Name.of(location);
    ByteBuffer sealed =
        SealedBlocks.seal(
            keys.fileKey(name.key(), name.file()), name.file(), plain.asBuffer(), parts::random);
    parts.objects().put(location, sealed);
    cache.put(location, plain);
  }

  /** The key and the file of a location. */
  public record Name(String key, Bytes file) {
    static Name of(String location) {
      return ofName(location)
          .orElseThrow(() -> new CorruptException("not a location of table metadata"));
    }

    public static Optional<Name> ofName(String object) {
      Matcher parts = LOCATION.matcher(object);
      return parts.matches()
          ? Optional.of(new Name(parts.group(1), Bytes.ofHex(parts.group(2))))
          : Optional.empty();
    }
  }

  /** Files never change, so that a copy is as good as the file while it lasts. */
  private static final class Cache {
    private final Map<String, Bytes> byLocation = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    synchronized Optional<Bytes> get(String location) {
      return Optional.ofNullable(byLocation.get(location));
    }

    synchronized void put(String location, Bytes content) {
      Bytes before = byLocation.put(location, content);
      bytes += content.size() - (before == null ? 0 : before.size());
      var eldest = byLocation.entrySet().iterator();
      while (bytes > CACHE_BYTES_MAX && eldest.hasNext()) {
        bytes -= eldest.next().getValue().size();
        eldest.remove();
      }
    }
  }

  private final class Input implements InputFile {
    private final String location;

    Input(String location) {
      this.location = location;
    }

    @Override
    public long getLength() {
      return read(location).size();
    }

    @Override
    public SeekableInputStream newStream() {
      return new MemoryInput(read(location).borrow());
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public boolean exists() {
      return parts.objects().get(location).isPresent();
    }
  }

  private final class Output implements OutputFile {
    private final String location;

    Output(String location) {
      this.location = location;
    }

    @Override
    public PositionOutputStream create() {
      return new MemoryOutput(location);
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return create();
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public InputFile toInputFile() {
      return new Input(location);
    }
  }

  private final class MemoryOutput extends PositionOutputStream {
    private final String location;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream(8_192);
    private boolean closed;

    MemoryOutput(String location) {
      this.location = location;
    }

    @Override
    public long getPos() {
      return content.size();
    }

    @Override
    public void write(int value) {
      content.write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int size) {
      content.write(bytes, from, size);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        MetadataIo.this.write(location, Bytes.adopt(content.toByteArray()));
      }
    }
  }

  private static final class MemoryInput extends SeekableInputStream {
    private final byte[] content;
    private int position;

    MemoryInput(byte[] content) {
      this.content = content;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long to) throws EOFException {
      if (to < 0 || to > content.length) {
        throw new EOFException("beyond the end of table metadata");
      }
      position = (int) to;
    }

    @Override
    public int read() {
      return position < content.length ? content[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int from, int size) {
      if (position == content.length) {
        return size == 0 ? 0 : -1;
      }
      int count = Math.min(size, content.length - position);
      System.arraycopy(content, position, into, from, count);
      position += count;
      return count;
    }
  }
}
