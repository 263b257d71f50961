package io.telltale.lake;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.Optional;
import java.util.function.IntFunction;
import javax.crypto.SecretKey;

/** Seals memory files into objects, each under a key of its own, and opens them again. */
final class FileVault {
  private final Objects objects;
  private final FileKeyService keys;
  private final IntFunction<Bytes> random;

  FileVault(Objects objects, FileKeyService keys, IntFunction<Bytes> random) {
    this.objects = objects;
    this.keys = keys;
    this.random = random;
  }

  /** Durable when it returns; named by nobody yet. */
  SealedFile store(Scope scope, long epochDay, MemoryFile file) {
    Bytes id = random.apply(SealedBlocks.FILE_ID_BYTES);
    FileKeyService.Created created = keys.create(scope, epochDay, id);
    try (FileChannel channel = file.open(READ);
        Arena arena = Arena.ofConfined()) {
      ByteBuffer plain = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena).asByteBuffer();
      var sealed = new SealedFile(id, plain.remaining(), created.wrapped());
      objects.put(sealed.object(), SealedBlocks.seal(created.key(), id, plain, random));
      return sealed;
    } catch (IOException e) {
      throw new UnavailableException("reading a memory file", e);
    }
  }

  /** The file's key, if {@code caller} may have it now. */
  Optional<SecretKey> key(SealedFile file, SpiffeId caller) {
    return keys.open(file.wrappedKey(), file.id(), caller);
  }

  /** A memory file that nobody can write to any more. */
  MemoryFile open(SealedFile file, SecretKey key) {
    ByteBuffer sealed = read(file).asBuffer();
    MemoryFile memory = MemoryFile.create();
    try {
      try (FileChannel channel = memory.open(READ, WRITE);
          Arena arena = Arena.ofConfined()) {
        ByteBuffer plain =
            channel.map(MapMode.READ_WRITE, 0, file.plainBytes(), arena).asByteBuffer();
        SealedBlocks.open(key, file.id(), sealed, plain);
      }
      return memory.sealWrites();
    } catch (IOException e) {
      memory.close();
      throw new UnavailableException("filling a memory file", e);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  void delete(SealedFile file) {
    objects.delete(file.object());
  }

  private Bytes read(SealedFile file) {
    return objects
        .get(file.object())
        .orElseThrow(
            () -> new CorruptException("the table names " + file.object() + ", which is gone"));
  }
}
