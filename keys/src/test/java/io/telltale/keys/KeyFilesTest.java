package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.AesKey;
import io.telltale.crypto.Entropy;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: whatever the disk says, only a key that is not there is made. */
class KeyFilesTest {
  @TempDir Path folder;

  /** A file that the disk says nothing about. */
  private Path loop(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.createSymbolicLink(file, file);
  }

  @Test
  void a_root_key_that_the_disk_does_not_give_is_not_replaced() throws IOException {
    Path file = loop("root.key");
    assertThatThrownBy(() -> RootKeyFile.open(folder, new Passphrase.None(), Entropy.system()))
        .isInstanceOf(UnavailableException.class);
    assertThat(file).isSymbolicLink();
  }

  @Test
  void a_store_key_that_the_disk_does_not_give_is_not_replaced() throws IOException {
    Path file = loop("stores.sealed");
    AesKey root = AesKey.of(Entropy.system().secret(32));
    assertThatThrownBy(() -> StoreKeyFile.open(folder, root, Entropy.system()))
        .isInstanceOf(UnavailableException.class);
    assertThat(file).isSymbolicLink();
  }
}
