package io.telltale.ledger;

import java.nio.file.Path;
import java.util.Locale;

/** Where a tile or entry bundle lies below the log's folder (C2SP tlog-tiles). */
final class TilePath {
  private TilePath() {}

  /** The tile at {@code level}, {@code width} hashes wide. */
  static Path tile(int level, long index, int width) {
    return place(Integer.toString(level), index, width);
  }

  /** The bundle of the entries whose leaf hashes make up the level 0 tile of that index. */
  static Path entries(long index, int width) {
    return place("entries", index, width);
  }

  /** The folder of the partial forms of a tile that is complete now. */
  static Path partials(Path complete) {
    return complete.resolveSibling(complete.getFileName() + ".p");
  }

  private static Path place(String kind, long index, int width) {
    // Three decimal digits at a time; all but the last group start with an x.
    String groups = String.format(Locale.ROOT, "%03d", index % 1000);
    for (long rest = index / 1000; rest > 0; rest /= 1000) {
      groups = String.format(Locale.ROOT, "x%03d/%s", rest % 1000, groups);
    }
    Path complete = Path.of("tile", kind, groups);
    return width == TreeEdge.TILE_WIDTH
        ? complete
        : partials(complete).resolve(Integer.toString(width));
  }
}
