package io.telltale.device;

import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
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
   * Makes {@code folder} with mode 0700, or takes it as it is where it is empty or ours. Throws
   * {@link UnavailableException} that says what to do for anything else.
   *
   * @param marks files that nobody else makes, by their paths in the folder: any one tells it
   * @param parts empty folders that a start that was broken off before has left
   */
  public static void claim(Path folder, Collection<String> marks, Collection<String> parts)
      throws IOException {
    if (folder.toString().isEmpty()) {
      throw new UnavailableException(
          "the folder's name is empty: name one (is a variable of the command not set?)");
    }
    if (Files.isSymbolicLink(folder) && Files.notExists(folder)) {
      throw refused(folder, "is a link to nothing: mend the link, or name another folder");
    }
    if (Files.notExists(folder)) {
      PrivateFiles.folder(folder);
    } else if (!PrivateFiles.isFolder(folder)) {
      throw refused(folder, "is a file: name a folder");
    } else if (!isFree(folder, marks, parts)) {
      throw refused(
          folder,
          "holds other files: name a folder of its own, such as " + folder.resolve("telltale"));
    } else if (othersMayWrite(folder)) {
      throw refused(folder, "may be written by everybody: chmod o-w it, or name another folder");
    }
  }

  private static boolean isFree(Path folder, Collection<String> marks, Collection<String> parts)
      throws IOException {
    for (String mark : marks) {
      if (PrivateFiles.exists(folder.resolve(mark), LinkOption.NOFOLLOW_LINKS)) {
        return true;
      }
    }
    try (var there = Files.list(folder)) {
      for (Path file : (Iterable<Path>) there::iterator) {
        String name = file.getFileName().toString();
        // A file system of its own begins with lost+found.
        boolean isFree = name.equals("lost+found") || (parts.contains(name) && isEmpty(file));
        if (!isFree) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isEmpty(Path file) throws IOException {
    if (!PrivateFiles.isFolder(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (var there = Files.list(file)) {
      return there.findAny().isEmpty();
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
