package io.telltale.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder that was moved to where a path is as long as Linux takes it: what has a longer name in
 * it nobody can look at, root neither.
 */
public final class BuriedFolder implements AutoCloseable {
  /** A name in it that can still be written there; longer ones cannot be looked at. */
  public static final int NAME_CHARS_MAX = 25;

  private static final int PATH_CHARS_MAX = 4_095;
  private static final int PART_CHARS = 200;

  private final Path folder;
  private final Path place;

  /**
   * @param folder what is moved until this is closed
   * @param below where to
   */
  public BuriedFolder(Path folder, Path below) throws IOException {
    this.folder = folder;
    this.place = place(below);
    Files.createDirectories(place.getParent());
    Files.move(folder, place);
  }

  private static Path place(Path below) {
    Path parent = below;
    int rest = PATH_CHARS_MAX - NAME_CHARS_MAX - 1 - below.toString().length();
    for (; rest > PART_CHARS + 1; rest -= PART_CHARS) {
      parent = parent.resolve("x".repeat(PART_CHARS - 1));
    }
    return parent.resolve("x".repeat(rest - 1));
  }

  /** Where it lies now. */
  public Path place() {
    return place;
  }

  /** So that it can be deleted. */
  @Override
  public void close() throws IOException {
    Files.move(place, folder);
  }
}
