package io.telltale.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.stream.Stream;

/** CPU time and resident memory of a process, from {@code /proc}. */
record ProcessFigures(long pid) {
  private static final double TICKS_PER_SECOND = 100;

  Cpu cpu() {
    var byWork = new EnumMap<Work, Double>(Work.class);
    for (Path thread : threads()) {
      try {
        String stat = Files.readString(thread.resolve("stat"));
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        byWork.merge(Work.of(name), seconds(stat), Double::sum);
      } catch (IOException ended) {
        // Between the listing and here; the process's sum has it.
      }
    }
    return new Cpu(seconds(read("stat")), byWork);
  }

  /** CPU seconds of a process, of its descendants that live, and of those that it has seen end. */
  static double withDescendants(ProcessHandle process) {
    return withEnded(process.pid())
        + process.descendants().mapToDouble(one -> withEnded(one.pid())).sum();
  }

  /** CPU seconds of a process and of those of its children that have ended; 0 if it has. */
  private static double withEnded(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ended = Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
      return seconds(stat) + ended / TICKS_PER_SECOND;
    } catch (IOException ended) {
      // Its parent has it by now.
      return 0;
    }
  }

  private List<Path> threads() {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads.toList();
    } catch (IOException e) {
      throw new UncheckedIOException("listing the threads of process " + pid, e);
    }
  }

  private static double seconds(String stat) {
    // The name may hold blanks: fields count from behind its closing bracket.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  long residentKibibytes() {
    return kibibytes("VmRSS:");
  }

  /** Without the pages of mapped files. */
  long anonymousKibibytes() {
    return kibibytes("RssAnon:");
  }

  private long kibibytes(String name) {
    for (String line : read("status").split("\n", -1)) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IllegalStateException("no " + name + " for process " + pid);
  }

  private String read(String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (NoSuchFileException e) {
      throw new IllegalStateException("process " + pid + " has ended; see its log", e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading the figures of process " + pid, e);
    }
  }
}
