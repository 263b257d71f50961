package io.telltale.device;

import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A folder that a program keeps for itself alone. What somebody else made keeps its mode, and what
 * somebody else uses is not moved into.
 */
public final class OwnFolder {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private OwnFolder() {}

  /**
   * Makes {@code folder} with mode 0700, or takes it as it is where it is empty or holds one of
   * {@code ours}. Throws {@link UnavailableException} that says what to do for anything else.
   */
  public static void claim(Path folder, Collection<String> ours) throws IOException {
    if (Files.isSymbolicLink(folder) && Files.notExists(folder)) {
      throw refused(folder, "is a link to nothing: mend the link, or name another folder");
    }
    if (Files.notExists(folder)) {
      PrivateFiles.folder(folder);
    } else if (!Files.isDirectory(folder)) {
      throw refused(folder, "is a file: name a folder");
    } else if (!isFree(folder, ours)) {
      throw refused(
          folder,
          "holds other files: name a folder of its own, such as " + folder.resolve("telltale"));
    } else if (othersMayWrite(folder)) {
      throw refused(folder, "may be written by everybody: chmod o-w it, or name another folder");
    }
  }

  private static boolean isFree(Path folder, Collection<String> ours) throws IOException {
    try (var there = Files.list(folder)) {
      // A file system of its own begins with lost+found.
      List<String> names =
          there
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.equals("lost+found"))
              .toList();
      return names.isEmpty() || names.stream().anyMatch(ours::contains);
    }
  }

  private static boolean othersMayWrite(Path folder) throws IOException {
    if (!POSIX) {
      return false;
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(folder);
    return mode.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static UnavailableException refused(Path folder, String why) {
    return new UnavailableException(folder + " " + why);
  }
}
