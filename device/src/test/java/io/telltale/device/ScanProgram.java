package io.telltale.device;

import java.nio.file.Path;

/** Scans the file that it is given, in a JVM whose memory the test has bounded. */
final class ScanProgram {
  private ScanProgram() {}

  public static void main(String[] arguments) {
    System.out.println(ReadingFile.scan(Path.of(arguments[0]), ReadingFormat.standard()));
  }
}
