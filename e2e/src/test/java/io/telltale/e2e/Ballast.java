package io.telltale.e2e;

import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Takes all the room of a file system but some, and what becomes free as well, until closed. */
final class Ballast implements AutoCloseable {
  private static final int[] BLOCKS = {1 << 20, 1 << 16, 1 << 12, 1};

  private final Path file;
  private final long leftBytes;
  private final Thread thread;
  private volatile boolean over;

  Ballast(Path file, long leftBytes) {
    this.file = file;
    this.leftBytes = leftBytes;
    this.thread = Thread.ofPlatform().start(this::fill);
  }

  private void fill() {
    try {
      while (!over) {
        for (int block : BLOCKS) {
          append(new byte[block]);
        }
        Waiting.pass(Duration.ofMillis(5));
      }
      Files.delete(file);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** As often as there is room. */
  private void append(byte[] block) throws IOException {
    try (OutputStream out =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (!over && file.toFile().getUsableSpace() >= leftBytes + block.length) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
