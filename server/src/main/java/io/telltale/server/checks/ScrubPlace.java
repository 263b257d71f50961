package io.telltale.server.checks;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.StoreCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * How far the scrub is and when it was through each part, over restarts: else a server that is
 * restarted every night would begin each night with the same stores. Written seldom; where it is
 * missing or makes no sense, all begins anew. Proves nothing. Thread-safe.
 */
public final class ScrubPlace {
  private static final System.Logger LOG = System.getLogger(ScrubPlace.class.getName());
  private static final long WRITE_EVERY_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Path file;
  private final Map<String, Instant> read = new TreeMap<>();
  private List<String> names = List.of();
  private String part = "";
  private String position = StoreCheck.BEGINNING;
  private long written = System.nanoTime();

  private ScrubPlace(Path file) {
    this.file = file;
  }

  public static ScrubPlace in(Path file) {
    var place = new ScrubPlace(file);
    try {
      if (PrivateFiles.exists(file)) {
        Files.readString(file).lines().forEach(place::parse);
      }
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      LOG.log(System.Logger.Level.WARNING, "scrub.place_lost file=" + file, e);
      place.read.clear();
      place.part = "";
      place.position = StoreCheck.BEGINNING;
    }
    return place;
  }

  private void parse(String line) {
    String[] words = line.split(" ", 3);
    if (words.length < 3) {
      throw new IllegalArgumentException("not a line of it");
    } else if (words[0].equals("read")) {
      read.put(words[1], Instant.parse(words[2]));
    } else if (words[0].equals("at")) {
      part = words[1];
      position = words[2];
    }
  }

  /**
   * The parts from where it was on, all of them once. One that was begun and never came on is last:
   * else it would keep the others from being read.
   */
  synchronized List<Scrub.Part> order(List<Scrub.Part> parts) {
    names = parts.stream().map(each -> each.check().name()).toList();
    int first = Math.max(0, names.indexOf(part));
    if (names.contains(part) && position.isEmpty()) {
      first = (first + 1) % parts.size();
    }
    var order = new ArrayList<>(parts.subList(first, parts.size()));
    order.addAll(parts.subList(0, first));
    return List.copyOf(order);
  }

  /** Where to begin with a part. */
  synchronized String begin(String name) {
    if (!name.equals(part)) {
      part = name;
      position = StoreCheck.BEGINNING;
      write();
    }
    return position;
  }

  synchronized void reached(String newPosition) {
    position = newPosition;
    if (System.nanoTime() - written >= WRITE_EVERY_NANOS) {
      write();
    }
  }

  /**
   * The part is through.
   *
   * @param whole when all of it was read, perhaps by several processes; empty when it was not
   */
  synchronized void ended(Optional<Instant> whole) {
    whole.ifPresent(time -> read.put(part, time));
    position = StoreCheck.BEGINNING;
    write();
  }

  /** Since when nothing was left unread: when the part that waits longest was through. */
  synchronized Optional<Instant> whole() {
    return read.keySet().containsAll(names)
        ? read.values().stream().min(Instant::compareTo)
        : Optional.empty();
  }

  /** Seconds since then; NaN before. */
  public double age(Instant now) {
    return whole().map(time -> (double) Duration.between(time, now).toSeconds()).orElse(Double.NaN);
  }

  /** For the status. */
  public synchronized Map<String, Object> shown() {
    var facts = new LinkedHashMap<String, Object>();
    whole().ifPresent(time -> facts.put("whole", time.toString()));
    facts.put("part", part);
    facts.put("position", position);
    var ends = new LinkedHashMap<String, Object>();
    read.forEach((name, time) -> ends.put(name, time.toString()));
    facts.put("read", ends);
    return facts;
  }

  /** To be called when it ends, too. */
  synchronized void write() {
    if (part.isEmpty()) {
      return;
    }
    written = System.nanoTime();
    var text = new StringBuilder("at %s %s\n".formatted(part, position));
    read.forEach((name, time) -> text.append("read %s %s\n".formatted(name, time)));
    try {
      PrivateFiles.write(file, Bytes.utf8(text.toString()));
    } catch (IOException e) {
      // Only where to begin is lost.
      LOG.log(System.Logger.Level.DEBUG, "scrub.place_unwritten", e);
    }
  }
}
