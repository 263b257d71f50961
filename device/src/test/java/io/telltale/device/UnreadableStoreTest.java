package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device whose disk does not give a file is not a new device. */
class UnreadableStoreTest {
  @TempDir Path folder;

  private Path loop(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.createSymbolicLink(file, file);
  }

  @Test
  void a_machine_secret_that_the_disk_does_not_give_is_not_replaced() throws IOException {
    Path file = loop("machine.secret");
    var store = new DeviceStore(folder, new SecureRandom());
    assertThatThrownBy(() -> store.queue(1 << 20, Entropy.system()))
        .isInstanceOf(UnavailableException.class);
    assertThat(file).isSymbolicLink();
  }

  @Test
  void a_certificate_that_the_disk_does_not_give_is_not_none() throws IOException {
    loop("device.key");
    loop("device.crt.pem");
    var store = new DeviceStore(folder, new SecureRandom());
    assertThatThrownBy(store::enrolled).isInstanceOf(UnavailableException.class);
  }
}
