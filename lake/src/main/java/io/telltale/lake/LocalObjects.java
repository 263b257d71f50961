package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Objects as files: written beside their place, synced, then moved there. */
public final class LocalObjects implements Objects {
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]+(/[a-z0-9-]+)*(\\.[a-z0-9]+)*");
  private static final String UNFINISHED = ".part";

  private final Path root;

  /** Objects below {@code root}, which is made if missing. */
  public LocalObjects(Path root) {
    this.root = root;
    makeFolder(root);
  }

  @Override
  public void put(String name, ByteBuffer content) {
    Path file = locate(name);
    Path folder = java.util.Objects.requireNonNull(file.getParent());
    makeFolder(folder);
    Path unfinished = folder.resolve(file.getFileName() + UNFINISHED);
    try {
      try (FileChannel channel =
          FileChannel.open(
              unfinished,
              java.util.Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer rest = content.duplicate();
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(false);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      sync(folder);
    } catch (IOException e) {
      throw new UnavailableException("storing the object " + name, e);
    }
  }

  @Override
  public Optional<Bytes> get(String name) {
    try {
      return Optional.of(Bytes.adopt(Files.readAllBytes(locate(name))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("reading the object " + name, e);
    }
  }

  @Override
  public void delete(String name) {
    try {
      Files.deleteIfExists(locate(name));
    } catch (IOException e) {
      throw new UnavailableException("deleting the object " + name, e);
    }
  }

  @Override
  public void list(String prefix, Consumer<String> each) {
    Path folder = locate(prefix);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .forEach(each);
    } catch (IOException e) {
      throw new UnavailableException("listing objects below " + prefix, e);
    }
  }

  // Names come back out of listings too, and those include files that a crash left unfinished.
  private Path locate(String name) {
    String finished =
        name.endsWith(UNFINISHED) ? name.substring(0, name.length() - UNFINISHED.length()) : name;
    if (!NAME.matcher(finished).matches()) {
      throw new IllegalArgumentException("not an object's name");
    }
    return root.resolve(name);
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder, e);
    }
  }

  // A rename is durable only once its folder is.
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
