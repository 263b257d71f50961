package io.telltale.e2e.tidy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The files that git tracks or, without git, those that are not build output. */
final class TrackedFiles {
  private static final Set<String> OUTPUT =
      Set.of(".git", "target", ".telltale-build", "telltale-data", ".idea", ".vscode");

  private TrackedFiles() {}

  static List<SourceFile> under(Path root) throws IOException {
    List<String> paths = askGit(root);
    return (paths.isEmpty() ? walk(root) : paths)
        .stream()
            .filter(path -> Files.isRegularFile(root.resolve(path)))
            .map(path -> SourceFile.read(root, path))
            .toList();
  }

  /** Empty where there is no git, no repository, or one that git does not trust. */
  static List<String> askGit(Path root) {
    try {
      Process git =
          new ProcessBuilder("git", "-C", root.toString(), "ls-files", "-z")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String listed = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor() == 0
          ? Stream.of(listed.split("\0")).filter(path -> !path.isEmpty()).toList()
          : List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while git listed files", e);
    }
  }

  static List<String> walk(Path root) throws IOException {
    List<String> paths = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            Path name = folder.getFileName();
            return !folder.equals(root) && name != null && OUTPUT.contains(name.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            paths.add(root.relativize(file).toString());
            return FileVisitResult.CONTINUE;
          }
        });
    return paths;
  }
}
