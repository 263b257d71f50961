package io.telltale.cli.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file that {@code --output} names. As with curl and openssl what is there is replaced, but
 * never by half an answer: it is written beside, and moved.
 */
public final class OutputFile {
  private static final String NAMELESS = "the name is empty: is a variable of the command not set?";

  /** As Linux follows them (path_resolution(7)). */
  private static final int LINKS_MAX = 40;

  private OutputFile() {}

  public static void write(Path file, Bytes content) throws IOException {
    boolean there = Files.exists(file);
    if (isStream(file)) {
      // A pipe or a device: a file in its place is not what was asked for.
      try (OutputStream out = Files.newOutputStream(file)) {
        out.write(content.borrow());
      }
      return;
    }
    PrivateFiles.write(there ? file.toRealPath() : file, content);
  }

  /** Whether it is a pipe or a device: perhaps the very one to which a command prints. */
  public static boolean isStream(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
  }

  /** Whether it is what a command prints its errors to, and not what it prints answers to. */
  static boolean isErrorOutput(Path file) {
    try {
      return Files.isSameFile(file, Path.of("/dev/stderr"))
          && !Files.isSameFile(file, Path.of("/dev/stdout"));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Why {@code file} could not be written, before a server is asked for what it is to hold; leaves
   * nothing there.
   */
  public static Optional<String> obstacle(Path file) {
    if (file.toString().isEmpty()) {
      return Optional.of(NAMELESS);
    }
    if (file.toString().equals("-")) {
      return Optional.of("- is no file, and nothing is written to the screen here: name a file");
    }
    try {
      if (Files.isDirectory(file)) {
        throw new FileAlreadyExistsException(file.toString());
      }
      // Of a name that nobody else has: what is there is not touched.
      Files.delete(Files.createTempFile(folder(file), ".", ".probe"));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(unwritten(file, e));
    }
  }

  /** The same of an answer, which {@link #write} takes through links and to pipes. */
  public static Optional<String> obstacleToAnswer(Path file) {
    if (!Files.exists(file) || Files.isDirectory(file)) {
      return obstacle(file);
    }
    if (isStream(file)) {
      // A pipe without a name, such as /dev/stdout may be, has no real path.
      return Files.isWritable(file)
          ? Optional.empty()
          : Optional.of("cannot write %s: permission denied".formatted(file));
    }
    try {
      // What others write to it as well, or have written, would be lost.
      return isDescriptor(file)
          ? Optional.of("%s stands for an open file: name that file".formatted(file))
          : obstacle(file.toRealPath());
    } catch (IOException e) {
      return Optional.of(unwritten(file, e));
    }
  }

  /** Whether it leads to a descriptor of a process, as {@code /dev/stdout} does. */
  private static boolean isDescriptor(Path file) throws IOException {
    Path at = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(at); links++) {
      if (links == LINKS_MAX) {
        throw new FileSystemException(file.toString(), null, "it is a link to itself");
      }
      Path real = folder(at).toRealPath();
      if (real.startsWith("/proc") && real.endsWith("fd")) {
        return true;
      }
      // Not normalized: what is above a linked folder is not what its name says.
      at = real.resolve(Files.readSymbolicLink(at));
    }
    return false;
  }

  /** The same of files in {@code folder}, which is made with those above it that are missing. */
  public static Optional<String> obstacleIn(Path folder) {
    if (folder.toString().isEmpty()) {
      return Optional.of(NAMELESS);
    }
    Path there = folder.toAbsolutePath();
    while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      there = folder(there);
    }
    boolean isFolder = Files.isDirectory(there);
    try {
      if (isFolder) {
        Files.delete(Files.createTempFile(there, ".", ".probe"));
        return Optional.empty();
      }
      return Optional.of(unmade(folder, inTheWay(there)));
    } catch (AccessDeniedException e) {
      return Optional.of(unmade(folder, "no permission in " + there));
    } catch (FileSystemException e) {
      String why = e.getReason() == null ? "nothing can be written" : e.getReason();
      return Optional.of(unmade(folder, "%s in %s".formatted(why, there)));
    } catch (IOException e) {
      return Optional.of(unmade(folder, "%s in %s".formatted(e.getMessage(), there)));
    }
  }

  private static String unmade(Path folder, String why) {
    return Files.exists(folder)
        ? "no file can be written to the folder %s: %s".formatted(folder, why)
        : "the folder %s cannot be made: %s".formatted(folder, why);
  }

  private static String inTheWay(Path there) {
    return Files.exists(there)
        ? there + " is a file, and must be a folder"
        : there + " is a link to nothing";
  }

  private static Path folder(Path file) {
    Path whole = file.toAbsolutePath();
    Path folder = whole.getParent();
    return folder == null ? whole : folder;
  }

  /** In a sentence, without the words of the library. */
  public static String unwritten(Path file, IOException e) {
    Path folder = folder(file);
    if (Files.isDirectory(file)) {
      return "cannot write %s: it is a folder: name a file".formatted(file);
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      return "cannot write %s: %s is a file, and must be a folder".formatted(file, folder);
    }
    return switch (e) {
      case NoSuchFileException _ when Files.exists(folder) ->
          "cannot write %s: nothing can be written to %s".formatted(file, folder);
      case NoSuchFileException _ ->
          "cannot write %s: there is no folder %s".formatted(file, folder);
      case FileAlreadyExistsException _ ->
          "cannot write %s: %s is a file, and must be a folder".formatted(file, folder);
      case AccessDeniedException _ -> "cannot write %s: permission denied".formatted(file);
      case FileSystemException said when said.getReason() != null ->
          "cannot write %s: %s".formatted(file, said.getReason());
      default -> "cannot write %s: %s".formatted(file, e.getMessage());
    };
  }
}
