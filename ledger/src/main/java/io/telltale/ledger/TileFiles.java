package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The published log as files that any tlog-tiles client can read: {@code checkpoint}, {@code
 * tile/<level>/<index>} and {@code tile/entries/<index>}. Says nothing about whether they are
 * right.
 */
final class TileFiles {
  private static final int COMPLETE = TreeEdge.TILE_WIDTH;

  private final Path folder;
  private final Disk disk;

  TileFiles(Path folder, Disk disk) {
    this.folder = folder;
    this.disk = disk;
  }

  Path folder() {
    return folder;
  }

  void writeTile(TreeEdge.Tile tile) {
    Path file = TilePath.tile(tile.level(), tile.index(), tile.hashes().size());
    write(file, tileBytes(tile.hashes()).borrow());
  }

  void writeEntries(long index, List<Bytes> entries) {
    write(TilePath.entries(index, entries.size()), entryBytes(entries).borrow());
  }

  void writeCheckpoint(Bytes note) {
    write(Path.of("checkpoint"), note.borrow());
  }

  /** The signed note last published; empty when there was none yet. */
  Optional<Bytes> checkpoint() {
    return read(Path.of("checkpoint"));
  }

  /** The hashes of a tile of a tree in which it is {@code width} wide. */
  List<Hash> tile(int level, long index, int width) {
    Stored stored =
        read(TilePath.tile(level, index, width), TilePath.tile(level, index, COMPLETE), width);
    if (stored.bytes().size() != stored.width() * Hash.SIZE) {
      throw damaged(stored.file(), stored.bytes().size() + " bytes long");
    }
    var hashes = new ArrayList<Hash>(width);
    for (int i = 0; i < width; i++) {
      hashes.add(new Hash(stored.bytes().slice(i * Hash.SIZE, (i + 1) * Hash.SIZE)));
    }
    return hashes;
  }

  /** The entries of a bundle of a tree in which it has {@code width} of them. */
  List<Bytes> entries(long index, int width) {
    Stored stored = read(TilePath.entries(index, width), TilePath.entries(index, COMPLETE), width);
    ByteBuffer bytes = stored.bytes().asBuffer();
    var entries = new ArrayList<Bytes>(stored.width());
    while (bytes.remaining() >= Short.BYTES && entries.size() < stored.width()) {
      int size = bytes.getShort() & 0xffff;
      if (size > bytes.remaining()) {
        throw damaged(stored.file(), "cut off");
      }
      byte[] entry = new byte[size];
      bytes.get(entry);
      entries.add(Bytes.adopt(entry));
    }
    if (bytes.hasRemaining() || entries.size() != stored.width()) {
      throw damaged(stored.file(), "cut off or lengthened");
    }
    return List.copyOf(entries.subList(0, width));
  }

  /** Removes the partial forms of a tile and bundle that are complete and published. */
  void dropPartials(TreeEdge.Tile complete) {
    drop(TilePath.partials(TilePath.tile(complete.level(), complete.index(), COMPLETE)));
    if (complete.level() == 0) {
      drop(TilePath.partials(TilePath.entries(complete.index(), COMPLETE)));
    }
  }

  /** A form that was published before the present one. */
  record Partial(Path file, int width, Bytes bytes) {}

  /** The narrower forms of a tile or bundle that lie beside it still. */
  List<Partial> partials(Path complete) {
    Path where = folder.resolve(TilePath.partials(complete));
    var found = new ArrayList<Partial>();
    try (Stream<Path> files = Files.list(where)) {
      for (Path file : files.sorted().toList()) {
        String width = file.getFileName().toString();
        if (width.matches("[0-9]{1,3}")) {
          Path relative = folder.relativize(file);
          // Gone meanwhile: the complete form was published.
          read(relative)
              .ifPresent(bytes -> found.add(new Partial(file, Integer.parseInt(width), bytes)));
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("listing " + where, e);
    }
    return found;
  }

  /** How a tile of these hashes is written. */
  static Bytes tileBytes(List<Hash> hashes) {
    ByteBuffer bytes = ByteBuffer.allocate(hashes.size() * Hash.SIZE);
    hashes.forEach(hash -> bytes.put(hash.value().borrow()));
    return Bytes.adopt(bytes.array());
  }

  /** How a bundle of these entries is written. */
  static Bytes entryBytes(List<Bytes> entries) {
    int size = entries.stream().mapToInt(entry -> Short.BYTES + entry.size()).sum();
    ByteBuffer bytes = ByteBuffer.allocate(size);
    for (Bytes entry : entries) {
      bytes.putShort((short) entry.size()).put(entry.borrow());
    }
    return Bytes.adopt(bytes.array());
  }

  private void drop(Path partials) {
    Path where = folder.resolve(partials);
    try (Stream<Path> files = Files.list(where)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(where);
    } catch (IOException | UncheckedIOException e) {
      // They are in nobody's way: the complete tile is what readers ask for now.
      return;
    }
  }

  private void write(Path file, byte[] bytes) {
    try {
      disk.write(folder.resolve(file), bytes);
    } catch (IOException e) {
      throw new UnavailableException("writing the ledger's " + file, e);
    }
  }

  /** What was read, from where, and how wide that form is. */
  private record Stored(Path file, Bytes bytes, int width) {}

  // A partial form goes away only after the complete one is there, which begins with the same.
  private Stored read(Path file, Path complete, int width) {
    Optional<Bytes> bytes = read(file);
    if (bytes.isPresent()) {
      return new Stored(file, bytes.get(), width);
    }
    return read(complete)
        .map(all -> new Stored(complete, all, COMPLETE))
        .orElseThrow(() -> damaged(file, "missing"));
  }

  private Optional<Bytes> read(Path file) {
    try {
      return Optional.of(Bytes.adopt(disk.read(folder.resolve(file))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("reading the ledger's " + file, e);
    }
  }

  private CorruptException damaged(Path file, String how) {
    return new CorruptException("the ledger's file %s is %s".formatted(folder.resolve(file), how));
  }
}
