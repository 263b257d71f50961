package io.telltale.logembedded;

import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every frame of every segment against its checksum, and every index; a segment a step. */
public final class LogCheck implements StoreCheck {
  private final Path folder;
  private final Optional<Supplier<List<Long>>> sealed;

  private LogCheck(Path folder, Optional<Supplier<List<Long>>> sealed) {
    this.folder = folder;
    this.sealed = sealed;
  }

  /** Of a log that nobody has open, the segment that was written last included. */
  public static LogCheck of(Path folder) {
    return new LogCheck(folder, Optional.empty());
  }

  /**
   * Of a log that is open.
   *
   * @param sealed the numbers of the segments that it has, oldest first, but for the newest one,
   *     which grows, and which every start reads whole
   */
  static LogCheck ofOpen(Path folder, Supplier<List<Long>> sealed) {
    return new LogCheck(folder, Optional.of(sealed));
  }

  /**
   * Up to which offset each partition of a log that nobody has open goes; empty where its newest
   * segment does not tell.
   */
  public static Optional<long[]> ends(Path folder) {
    var check = of(folder);
    try {
      List<Long> numbers = check.numbers();
      if (numbers.isEmpty()) {
        return Optional.of(new long[RecordLog.PARTITIONS]);
      }
      long newest = numbers.getLast();
      try (SegmentFile file = DiskFiles.readOnly(check.file(newest))) {
        Optional<long[]> first = header(file, newest);
        if (first.isEmpty() || file.size() > Integer.MAX_VALUE) {
          return Optional.empty();
        }
        return switch (SegmentScan.of(file, newest, (int) file.size(), first.get(), () -> true)) {
          case SegmentScan.Outcome.Corrupt _ -> Optional.empty();
          case SegmentScan.Outcome.Torn torn ->
              Optional.of(SegmentScan.after(first.get(), torn.positions()));
          case SegmentScan.Outcome.Whole whole ->
              Optional.of(SegmentScan.after(first.get(), whole.positions()));
        };
      }
    } catch (IOException e) {
      throw new UnavailableException("reading the log in " + folder, e);
    }
  }

  @Override
  public String name() {
    return "log";
  }

  @Override
  public Step next(String position, BooleanSupplier goesOn) {
    long after = position.isEmpty() ? 0 : Long.parseLong(position);
    try {
      List<Long> rest = numbers().stream().filter(number -> number > after).toList();
      var findings = new ArrayList<Finding>();
      if (after == 0) {
        checkMark(findings);
      }
      if (rest.isEmpty()) {
        return new Step(position, true, 0, 0, findings);
      }
      long number = rest.getFirst();
      // The oldest ones are dropped, and others are not.
      if (sealed.isEmpty() && number != after + 1 && PrivateFiles.exists(file(after))) {
        findings.add(missing(after + 1));
      }
      boolean followed = sealed.isPresent() || PrivateFiles.exists(file(number + 1));
      long bytes = check(number, followed, findings, goesOn);
      return new Step(Long.toString(number), rest.size() == 1, bytes, 0, findings);
    } catch (IOException e) {
      throw new UnavailableException("reading the log in " + folder, e);
    }
  }

  private List<Long> numbers() throws IOException {
    return sealed.isPresent() ? sealed.get().get() : listed();
  }

  private List<Long> listed() throws IOException {
    if (!PrivateFiles.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .flatMap(file -> SegmentFormat.numberOf(file.getFileName().toString()).stream())
          .sorted()
          .toList();
    }
  }

  private void checkMark(List<Finding> findings) throws IOException {
    Path path = folder.resolve(StopMark.NAME);
    Optional<StopMark> mark;
    try {
      mark = mark();
    } catch (NoSuchFileException e) {
      // So it is while the log is open, and after a crash.
      return;
    } catch (IOException e) {
      findings.add(Finding.unreadable(path.toString(), e));
      return;
    }
    if (mark.isEmpty()) {
      findings.add(
          new Finding(
              path.toString(),
              "is no mark of a clean stop",
              "No reading is lost: delete it while the server is stopped. The next start takes"
                  + " the end of the log for one that a crash may have cut off."));
    } else if (numbers().stream().allMatch(number -> number < mark.get().number())) {
      findings.add(missing(mark.get().number()));
    }
  }

  private Optional<StopMark> mark() throws IOException {
    try (SegmentFile file = DiskFiles.readOnly(folder.resolve(StopMark.NAME))) {
      return StopMark.read(file);
    }
  }

  /** The end that the segment had at a clean stop; 0 when it is not known. */
  private int marked(long number) {
    try {
      return mark().filter(mark -> mark.number() == number).map(StopMark::end).orElse(0);
    } catch (IOException e) {
      // There is none, or the first step has named it.
      return 0;
    }
  }

  private Finding missing(long number) {
    return Finding.lost(file(number).toString(), "is missing");
  }

  private Path file(long number) {
    return folder.resolve(SegmentFormat.name(number));
  }

  private long check(long number, boolean followed, List<Finding> findings, BooleanSupplier goesOn)
      throws IOException {
    try (SegmentFile file = DiskFiles.readOnly(file(number))) {
      Optional<long[]> first = header(file, number);
      if (first.isEmpty() && !followed && mayBeUnfinished(number, file.size())) {
        findings.add(cutShort(number, 0, file.size()));
      } else if (first.isEmpty()) {
        findings.add(Finding.lost(file(number).toString(), "has no segment's header"));
      } else if (file.size() > Integer.MAX_VALUE) {
        findings.add(Finding.lost(file(number).toString(), "is longer than a segment"));
      } else {
        SegmentScan.Outcome outcome =
            SegmentScan.of(file, number, (int) file.size(), first.get(), goesOn);
        judge(number, outcome, first.get(), followed, findings);
      }
      return file.size();
    } catch (NoSuchFileException e) {
      // Or it was dropped meanwhile: all its records are in the lake.
      if (numbers().contains(number)) {
        findings.add(missing(number));
      }
      return 0;
    } catch (IOException e) {
      // The disk does not give it: those behind it are read all the same.
      findings.add(Finding.unreadable(file(number).toString(), e));
      return 0;
    }
  }

  /** Whether a crash may have cut the making of the newest one short. */
  private boolean mayBeUnfinished(long number, long size) throws IOException {
    return size <= SegmentFormat.HEADER_BYTES
        && marked(number) == 0
        && (number == 1 || PrivateFiles.exists(file(number - 1)));
  }

  private static Optional<long[]> header(SegmentFile file, long number) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES);
    file.read(0, bytes);
    return SegmentFormat.parseHeader(bytes.flip(), number);
  }

  private void judge(
      long number,
      SegmentScan.Outcome outcome,
      long[] first,
      boolean followed,
      List<Finding> findings)
      throws IOException {
    switch (outcome) {
      case SegmentScan.Outcome.Corrupt(int at) ->
          findings.add(Finding.lost(file(number).toString(), "is damaged at byte " + at));
      case SegmentScan.Outcome.Torn torn when followed || torn.end() < marked(number) ->
          findings.add(Finding.lost(file(number).toString(), "is damaged at byte " + torn.end()));
      case SegmentScan.Outcome.Torn torn ->
          findings.add(cutShort(number, torn.end(), Files.size(file(number))));
      case SegmentScan.Outcome.Whole whole when whole.end() < marked(number) ->
          findings.add(Finding.lost(file(number).toString(), "is cut off at byte " + whole.end()));
      case SegmentScan.Outcome.Whole whole -> {
        checkNext(number, SegmentScan.after(first, whole.positions()), findings);
        // Beside the last segment may lie an index from before it was opened again.
        if (followed) {
          checkIndex(number, first, whole, findings);
        }
      }
    }
  }

  private Finding cutShort(long number, long end, long size) {
    return new Finding(
        file(number).toString(),
        "ends in %d bytes that are no whole write".formatted(size - end),
        "After a crash or a power cut that is normal: they were not acknowledged, and the next"
            + " start cuts them off.");
  }

  private void checkNext(long number, long[] ends, List<Finding> findings) {
    try (SegmentFile next = DiskFiles.readOnly(file(number + 1))) {
      Optional<long[]> first = header(next, number + 1);
      if (first.isPresent() && !Arrays.equals(first.get(), ends)) {
        findings.add(
            Finding.lost(file(number).toString(), "does not end where the next segment begins"));
      }
    } catch (IOException e) {
      // There is none, or it is named when its turn comes.
      return;
    }
  }

  private void checkIndex(
      long number, long[] first, SegmentScan.Outcome.Whole whole, List<Finding> findings) {
    Path path = folder.resolve(SegmentFormat.indexName(number));
    try (SegmentFile index = DiskFiles.readOnly(path)) {
      ByteBuffer expected = IndexFile.encode(number, first, whole.positions(), whole.end());
      ByteBuffer stored = ByteBuffer.allocate(expected.remaining());
      index.read(0, stored);
      if (index.size() != expected.remaining() || !stored.flip().equals(expected)) {
        findings.add(
            new Finding(
                path.toString(),
                "is not the index of its segment",
                "Nothing is lost: delete it while the server is stopped, and the next start makes"
                    + " it anew."));
      }
    } catch (NoSuchFileException e) {
      // It may be missing: it is made anew.
      return;
    } catch (IOException e) {
      findings.add(Finding.unreadable(path.toString(), e));
    }
  }
}
