package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
  @TempDir Path folder;
  private final List<String> steps = new ArrayList<>();

  /** Notes what is made durable, and which of the two names is there by then. */
  private void watch(Path path, FileChannel channel) throws IOException {
    channel.force(true);
    String there = Files.exists(folder.resolve("key")) ? " with key" : "";
    steps.add(folder.relativize(path) + there);
  }

  @Test
  void aFileIsDurableBeforeItsNameIsAndItsNameBeforeTheCallReturns() throws IOException {
    PrivateFiles.write(folder.resolve("key"), Bytes.utf8("secret"), this::watch);

    assertThat(steps).containsExactly(".key.draft", " with key");
    assertThat(folder.resolve("key")).hasContent("secret");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void everyNewFolderIsDurableInTheOneAboveIt() throws IOException {
    PrivateFiles.folder(folder.resolve("a/b/c"), this::watch);

    assertThat(steps).containsExactly("", "a", "a/b");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a/b"))))
        .isEqualTo("rwx------");
  }

  @Test
  void aMoveIsDurableInBothFolders() throws IOException {
    PrivateFiles.folder(folder.resolve("from"));
    PrivateFiles.write(folder.resolve("from/one"), Bytes.utf8("one"));

    PrivateFiles.move(folder.resolve("from/one"), folder.resolve("key"), this::watch);

    assertThat(steps).containsExactly(" with key", "from with key");
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNoDraft() throws IOException {
    PrivateFiles.write(folder.resolve("key"), Bytes.utf8("old"));

    assertThatThrownBy(
            () ->
                PrivateFiles.write(
                    folder.resolve("key"),
                    Bytes.utf8("new"),
                    (path, channel) -> {
                      throw new IOException("the disk is full");
                    }))
        .isInstanceOf(IOException.class);

    assertThat(folder.resolve("key")).hasContent("old");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("key"));
    }
  }

  @Test
  void whatIsThereKeepsItsModeAndContent() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-x---"));
    PrivateFiles.write(folder.resolve("key"), Bytes.utf8("kept"));

    PrivateFiles.folder(shared);
    PrivateFiles.touch(folder.resolve("key"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared)))
        .isEqualTo("rwxr-x---");
    assertThat(folder.resolve("key")).hasContent("kept");
  }

  /** Firm ground 35: a link to itself stands for the disk's error. */
  @Test
  void whatTheDiskDoesNotGiveIsNotTakenForAbsent() throws IOException {
    Path unreadable = folder.resolve("unreadable");
    Files.createSymbolicLink(unreadable, unreadable.getFileName());
    assertThat(PrivateFiles.mayExist(unreadable)).isTrue();
    assertThatThrownBy(() -> PrivateFiles.exists(unreadable)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> PrivateFiles.isFolder(unreadable)).isInstanceOf(IOException.class);

    Path none = folder.resolve("none");
    assertThat(PrivateFiles.mayExist(none)).isFalse();
    assertThat(PrivateFiles.exists(none)).isFalse();
    assertThat(PrivateFiles.isFolder(none)).isFalse();

    assertThat(PrivateFiles.isFolder(folder)).isTrue();
    assertThat(PrivateFiles.isFolder(Files.createFile(none))).isFalse();
    assertThat(PrivateFiles.mayExist(none)).isTrue();
    assertThat(PrivateFiles.exists(unreadable, LinkOption.NOFOLLOW_LINKS)).isTrue();
  }
}
