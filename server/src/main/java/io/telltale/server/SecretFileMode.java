package io.telltale.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Whether others than its owner can read a file with a secret that settings name. */
final class SecretFileMode {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  /** systemd hands out what is here to one service; the group's bit stands for that. */
  private static final Path CREDENTIALS = Path.of("/run/credentials");

  private SecretFileMode() {}

  /** What to do about {@code file}, in one line; empty where there is nothing to do. */
  static Optional<String> warning(String setting, Path file) {
    try {
      // A link has no mode of its own.
      Path there = file.toRealPath();
      return there.startsWith(CREDENTIALS)
              || Files.getPosixFilePermissions(there).stream().noneMatch(OTHERS::contains)
          ? Optional.empty()
          : Optional.of(
              ("file=\"%s\" why=\"others than its owner can read what %s names; give it to the user"
                      + " who runs the server, and take it from the others: chmod 600\"")
                  .formatted(there, setting));
    } catch (IOException | UnsupportedOperationException e) {
      // Who cannot read it is told so elsewhere; a file system without modes has none to mend.
      return Optional.empty();
    }
  }
}
