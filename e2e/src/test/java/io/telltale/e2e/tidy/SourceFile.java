package io.telltale.e2e.tidy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One tracked file: its path from the project's root, and what is in it. */
record SourceFile(String path, long size, boolean binary, String text) {
  private static final int SNIFFED_BYTES_MAX = 8192;

  static SourceFile read(Path root, String path) {
    try {
      byte[] bytes = Files.readAllBytes(root.resolve(path));
      boolean binary = hasZero(bytes);
      String text = binary ? "" : new String(bytes, StandardCharsets.UTF_8);
      return new SourceFile(path, bytes.length, binary, text);
    } catch (IOException e) {
      throw new IllegalStateException("reading tracked file " + path, e);
    }
  }

  static SourceFile of(String path, String text) {
    return new SourceFile(path, text.length(), false, text);
  }

  boolean isJava() {
    return path.endsWith(".java");
  }

  /** Whether a person writes it line by line: sources, scripts, build files, documents. */
  boolean isWritten() {
    return !binary
        && (path.matches(".*\\.(java|xml|md|sh|yml|yaml|sql|properties)")
            || path.equals("telltale")
            || path.equals(".ci/run"));
  }

  List<String> lines() {
    return text.lines().toList();
  }

  private static boolean hasZero(byte[] bytes) {
    for (int i = 0; i < Math.min(bytes.length, SNIFFED_BYTES_MAX); i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }
}
