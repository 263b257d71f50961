package io.telltale.verifier;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether what a command printed has arrived: writers keep to themselves that it has not. */
public final class StandardOutput {
  private static final int TYPE = 0xF000;
  private static final int PIPE = 0x1000;

  private StandardOutput() {}

  /**
   * {@code exit}, or {@code lost} where that is 0 and not all was written. Who stops to read a pipe
   * is told nothing.
   */
  public static int checked(int exit, int lost) {
    if (exit != 0 || !System.out.checkError()) {
      return exit;
    }
    if (!isPipe()) {
      System.err.println(
          "telltale: not all of it could be written to the standard output: where that is a file,"
              + " see that there is room on its disk");
    }
    return lost;
  }

  private static boolean isPipe() {
    try {
      return Files.getAttribute(Path.of("/dev/stdout"), "unix:mode") instanceof Integer mode
          && (mode & TYPE) == PIPE;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
