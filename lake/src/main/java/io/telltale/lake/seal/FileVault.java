package io.telltale.lake.seal;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.telltale.crypto.SecretBytes;
import io.telltale.engine.MemoryFile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeParts;
import io.telltale.leases.FileKeys;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** Seals memory files into objects, each under a key of its own, and opens them again. */
public final class FileVault {
  private final ObjectStore objects;
  private final Function<SpiffeId, FileKeys> keys;
  private final SpiffeId self;
  private final IntFunction<Bytes> random;

  public FileVault(LakeParts parts) {
    this.objects = parts.objects();
    this.keys = parts.keys();
    this.self = parts.self();
    this.random = parts::random;
  }

  /** Content on its way to an object. */
  public record Draft(Scope scope, long epochDay, MemoryFile content) {}

  /** Seals the drafts, in order; durable when it returns, and named by nobody yet. */
  public List<SealedFile> store(List<Draft> drafts) {
    List<SealedFile> files =
        drafts.stream()
            .map(
                draft ->
                    new SealedFile(
                        random.apply(SealedBlocks.FILE_ID_BYTES), draft.content().size()))
            .toList();
    var wanted = new ArrayList<FileKeys.Wanted>(drafts.size());
    for (int i = 0; i < drafts.size(); i++) {
      LocalDate day = LocalDate.ofEpochDay(drafts.get(i).epochDay());
      wanted.add(new FileKeys.Wanted(drafts.get(i).scope(), day, files.get(i).keyName()));
    }
    List<SecretKey> created = created(keys.apply(self).createAll(wanted));
    try {
      var sealed = new LinkedHashMap<String, ByteBuffer>();
      for (int i = 0; i < drafts.size(); i++) {
        sealed.put(
            files.get(i).object(), seal(drafts.get(i).content(), files.get(i), created.get(i)));
      }
      objects.putAll(sealed);
    } catch (RuntimeException | Error e) {
      delete(files);
      throw e;
    }
    return files;
  }

  private ByteBuffer seal(MemoryFile content, SealedFile file, SecretKey key) {
    try (FileChannel channel = content.open(READ);
        Arena arena = Arena.ofConfined()) {
      ByteBuffer plain = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena).asByteBuffer();
      return SealedBlocks.seal(key, file.id(), plain, random);
    } catch (IOException e) {
      throw new UnavailableException("reading a memory file", e);
    }
  }

  private static List<SecretKey> created(List<FileKeys.Access> answers) {
    return answers.stream()
        .map(
            answer ->
                opened(answer)
                    .orElseThrow(() -> new UnavailableException("making file keys: " + answer)))
        .toList();
  }

  /** The file's key, if {@code caller} may have it now. */
  public Optional<SecretKey> key(SealedFile file, SpiffeId caller) {
    return opened(keys.apply(caller).open(file.keyName()));
  }

  public static Optional<SecretKey> opened(FileKeys.Access answer) {
    return switch (answer) {
      case FileKeys.Access.Granted granted -> {
        try (SecretBytes key = granted.key()) {
          yield Optional.of(new SecretKeySpec(key.toArray(), "AES"));
        }
      }
      case FileKeys.Access.Denied _ -> Optional.empty();
      case FileKeys.Access.Unavailable _ -> Optional.empty();
      case FileKeys.Access.Gone _ -> Optional.empty();
    };
  }

  /** A memory file that nobody can write to any more. */
  public MemoryFile open(SealedFile file, SecretKey key) {
    ByteBuffer sealed = read(file).asBuffer();
    try {
      return MemoryFile.filled(memory -> open(file, key, sealed, memory));
    } catch (IOException e) {
      throw new UnavailableException("filling a memory file", e);
    }
  }

  private static void open(SealedFile file, SecretKey key, ByteBuffer sealed, MemoryFile into)
      throws IOException {
    try (FileChannel channel = into.open(READ, WRITE);
        Arena arena = Arena.ofConfined()) {
      ByteBuffer plain =
          channel.map(MapMode.READ_WRITE, 0, file.plainBytes(), arena).asByteBuffer();
      SealedBlocks.open(key, file.id(), sealed, plain);
    }
    into.sealWrites();
  }

  /** Deletes objects and keys of files that no table names. */
  public void delete(Collection<SealedFile> files) {
    files.forEach(file -> objects.delete(file.object()));
    keys.apply(self).forget(files.stream().map(SealedFile::keyName).toList());
  }

  private Bytes read(SealedFile file) {
    return objects
        .get(file.object())
        .orElseThrow(
            () -> new CorruptException("the table names " + file.object() + ", which is gone"));
  }
}
