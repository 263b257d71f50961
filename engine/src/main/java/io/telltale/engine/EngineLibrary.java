package io.telltale.engine;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The library that DuckDB unpacks at its first use, 70 MB in the folder for temporary files. It is
 * deleted when its process ends by itself, so that each one that was killed leaves a copy. Ours is
 * held by a lock as long as we live; the copies that nobody holds are removed.
 */
final class EngineLibrary {
  private static final String NAME = "libduckdb_java";

  // Between being unpacked and being held.
  private static final Duration YOUNG = Duration.ofMinutes(10);

  private static @Nullable FileChannel held;

  private EngineLibrary() {}

  /**
   * The copy that is mapped here; null before DuckDB's first use, and where maps cannot be read.
   */
  static synchronized @Nullable Path ours() {
    Set<Path> mapped = mapped();
    Path ours = mapped.stream().findFirst().orElse(null);
    if (ours != null && held == null) {
      held = hold(ours);
      removeLeftBehind(ours, mapped);
    }
    return ours;
  }

  private static Set<Path> mapped() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains("/" + NAME))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .filter(Files::isReadable)
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      return Set.of();
    }
  }

  private static @Nullable FileChannel hold(Path ours) {
    try {
      FileChannel channel = FileChannel.open(ours, StandardOpenOption.READ);
      var _ = channel.tryLock(0, Long.MAX_VALUE, true);
      return channel;
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Removes the copies beside {@code ours} of the same owner that nobody holds and that are older
   * by ten minutes. Whoever has loaded one keeps it: what is mapped outlives its name.
   *
   * @param mapped what this process has loaded; to look at one would give up our own lock
   */
  static void removeLeftBehind(Path ours, Set<Path> mapped) {
    try (DirectoryStream<Path> copies =
        Files.newDirectoryStream(ours.resolveSibling(""), NAME + "*.so")) {
      Instant old = modified(ours).minus(YOUNG);
      for (Path copy : copies) {
        if (!mapped.contains(copy) && isOurs(copy, ours) && modified(copy).isBefore(old)) {
          removeUnlessHeld(copy);
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // The next start looks again.
    }
  }

  private static boolean isOurs(Path copy, Path ours) throws IOException {
    return Files.isRegularFile(copy, NOFOLLOW_LINKS)
        && Files.getOwner(copy, NOFOLLOW_LINKS).equals(Files.getOwner(ours));
  }

  private static Instant modified(Path copy) throws IOException {
    return Files.getLastModifiedTime(copy, NOFOLLOW_LINKS).toInstant();
  }

  private static void removeUnlessHeld(Path copy) throws IOException {
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE, NOFOLLOW_LINKS)) {
      if (channel.tryLock() != null) {
        Files.deleteIfExists(copy);
      }
    } catch (OverlappingFileLockException e) {
      // Held by this very process.
    }
  }
}
