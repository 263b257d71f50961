package io.telltale.server.replay;

import io.telltale.device.ReadingFile;
import io.telltale.device.ReadingFile.Contents;
import io.telltale.device.ReadingFile.Line;
import io.telltale.device.ReadingFormat;
import io.telltale.device.Telemetry;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Hands a file's readings out to devices: reading i goes to device i mod N, in the file's order,
 * moved in time so that the last one is now. Reads ahead by what the devices differ, no further.
 */
public final class ReplaySource implements AutoCloseable {
  // Doors take readings of the last seven days; an hour is left for the run itself.
  private static final Duration SPAN_MAX = Duration.ofDays(7).minusHours(1);
  private static final int AHEAD_MAX = 100_000;

  private final ReadingFile file;
  private final Contents contents;
  private final Share share;
  private final List<Deque<Line.Sample>> ahead = new ArrayList<>();
  private int waiting;
  private int turn;
  private boolean ended;

  /** Whose readings these are: how many devices, what the numbers mean, and which moment is now. */
  public record Share(int devices, String metric, String unit, Instant end) {}

  /** What opening gives. */
  public sealed interface Opened {
    record Ready(ReplaySource source) implements Opened {}

    record Unreadable(String why) implements Opened {}
  }

  private ReplaySource(ReadingFile file, Contents contents, Share share) {
    this.file = file;
    this.contents = contents;
    this.share = share;
    for (int i = 0; i < share.devices(); i++) {
      ahead.add(new ArrayDeque<>());
    }
  }

  /** Reads the file once from end to end before anything is sent. */
  public static Opened open(Path path, ReadingFormat format, Share share) {
    return switch (ReadingFile.scan(path, format)) {
      case ReadingFile.Scanned.Unreadable(String why) -> new Opened.Unreadable(why);
      case ReadingFile.Scanned.Found(Contents contents) ->
          switch (ReadingFile.open(path, format)) {
            case ReadingFile.Opened.Unreadable(String why) -> new Opened.Unreadable(why);
            case ReadingFile.Opened.Ready(ReadingFile file) ->
                new Opened.Ready(new ReplaySource(file, contents, share));
          };
    };
  }

  public Contents contents() {
    return contents;
  }

  public String metric() {
    return share.metric();
  }

  /** How long one device waits between readings so that the file takes {@code seconds}. */
  public long intervalMillis(int seconds) {
    long perDevice = (contents.readings() + share.devices() - 1) / share.devices();
    return Math.max(1, seconds * 1_000L / perDevice);
  }

  /** A device's next reading; empty when it has had its last, or is too far before the others. */
  public synchronized Optional<Telemetry> next(int device, String firmware) {
    Deque<Line.Sample> own = ahead.get(device);
    while (own.isEmpty() && !ended && waiting < AHEAD_MAX) {
      readOne();
    }
    Line.Sample reading = own.poll();
    if (reading == null) {
      return Optional.empty();
    }
    waiting--;
    return Optional.of(
        new Telemetry(
            shifted(reading.time()),
            Map.of(share.metric(), reading.value()),
            Map.of(share.metric(), share.unit()),
            Optional.of(reading.time()),
            firmware));
  }

  private void readOne() {
    try {
      switch (file.next()) {
        case Line.Sample reading -> {
          ahead.get(turn).add(reading);
          turn = (turn + 1) % share.devices();
          waiting++;
        }
        case Line.Missing _, Line.Refused _ -> {}
        case Line.Broken _, Line.End _ -> ended = true;
      }
    } catch (IOException e) {
      throw new UnavailableException("reading on in the replayed file", e);
    }
  }

  /**
   * A file that spans more than the doors take is compressed evenly; the original time travels as
   * {@code sourceTime}.
   */
  private Instant shifted(Instant time) {
    Duration before = Duration.between(time, contents.last());
    Duration whole = Duration.between(contents.first(), contents.last());
    if (whole.compareTo(SPAN_MAX) <= 0) {
      return share.end().minus(before);
    }
    double part = (double) before.toMillis() / whole.toMillis();
    return share.end().minusMillis(Math.round(part * SPAN_MAX.toMillis()));
  }

  /** What the readings mean for a person. */
  public String describe() {
    return "%,d readings of %s in %s from %s to %s, %,d missing, %,d lines refused"
        .formatted(
            contents.readings(),
            share.metric(),
            share.unit(),
            contents.first(),
            contents.last(),
            contents.missing(),
            contents.refused());
  }

  @Override
  public void close() {
    file.close();
  }
}
