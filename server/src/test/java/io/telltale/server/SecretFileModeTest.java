package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A passphrase that everybody can read was taken without a word. */
class SecretFileModeTest {
  @ParameterizedTest
  @CsvSource({
    "rw-------, false",
    "r--------, false",
    "rw--w----, false",
    "rw-r-----, true",
    "rw-r--r--, true",
    "rw----r--, true"
  })
  void a_secret_that_others_can_read_is_told_in_one_line(
      String mode, boolean told, @TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("passphrase"), "correct horse");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    for (Path named : new Path[] {file, link}) {
      String warning = SecretFileMode.warning("keys.passphrase-file", named).orElse("");
      assertThat(warning.isEmpty()).isEqualTo(!told);
      if (told) {
        assertThat(warning)
            .startsWith("file=\"" + file.toRealPath() + "\"")
            .contains("keys.passphrase-file", "chmod 600")
            .doesNotContain("horse", "\n");
      }
    }
    assertThat(SecretFileMode.warning("keys.passphrase-file", folder.resolve("none"))).isEmpty();
  }
}
