package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key and certificate go together, whenever the process ends. */
class DeviceStoreTest {
  private final TestAuthority authority = new TestAuthority();
  private final DeviceStore store;
  private final Path folder;

  DeviceStoreTest(@TempDir Path parent) {
    folder = parent.resolve("agent");
    store = new DeviceStore(folder, new SecureRandom());
  }

  private TlsMaterial material() {
    return authority.material("spiffe://telltale.local/default/device/d", Set.of(Usage.CLIENT));
  }

  private void save(TlsMaterial one) {
    store.save(new KeyPair(one.chain().getFirst().getPublicKey(), one.key()), one.chain());
  }

  private void assertHolds(TlsMaterial one) {
    DeviceStore.Enrolled enrolled = store.enrolled().orElseThrow();
    assertThat(enrolled.key()).isEqualTo(one.key());
    assertThat(enrolled.chain()).isEqualTo(one.chain());
  }

  // A renewal ended in its middle locked the device out until somebody enrolled it again.
  @Test
  void what_ends_before_the_certificate_is_written_leaves_the_older_pair() throws IOException {
    TlsMaterial first = material();
    save(first);
    Path certificate = folder.resolve("device.crt.pem");
    Path away = Files.move(certificate, folder.resolve("away"));
    Files.createDirectories(certificate.resolve("in the way"));
    assertThatThrownBy(() -> save(material())).isInstanceOf(UnavailableException.class);
    Files.delete(certificate.resolve("in the way"));
    Files.delete(certificate);
    Files.move(away, certificate);
    assertHolds(first);
    TlsMaterial second = material();
    save(second);
    assertHolds(second);
  }

  @Test
  void what_ends_after_the_certificate_is_written_leaves_the_newer_pair() throws IOException {
    save(material());
    Path older = Files.copy(folder.resolve("device.key"), folder.resolve("away"));
    TlsMaterial second = material();
    save(second);
    Files.move(folder.resolve("device.key"), folder.resolve("device.key.next"));
    assertHolds(second);
    Files.move(older, folder.resolve("device.key"));
    assertHolds(second);
  }

  // The second crash used to overwrite the only copy of the key in use.
  @Test
  void two_renewals_that_end_in_their_middles_leave_the_pair_between() throws IOException {
    save(material());
    Path older = Files.copy(folder.resolve("device.key"), folder.resolve("away"));
    TlsMaterial second = material();
    save(second);
    Files.move(folder.resolve("device.key"), folder.resolve("device.key.next"));
    Files.move(older, folder.resolve("device.key"));

    Path certificate = folder.resolve("device.crt.pem");
    Path draft = folder.resolve(".device.crt.pem.draft");
    Files.createDirectories(draft.resolve("in the way"));
    assertThatThrownBy(() -> save(material())).isInstanceOf(UnavailableException.class);
    Files.delete(draft.resolve("in the way"));
    Files.delete(draft);
    assertThat(certificate).isRegularFile();
    assertHolds(second);
  }

  @Test
  void a_key_of_another_certificate_is_named() throws IOException {
    save(material());
    Path key = Files.move(folder.resolve("device.key"), folder.resolve("away"));
    save(material());
    Files.move(key, folder.resolve("device.key"), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(store::enrolled)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("enroll again");
  }
}
