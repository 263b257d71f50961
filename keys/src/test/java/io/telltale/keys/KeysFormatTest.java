package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.AesBox;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.leases.FileKeys;
import io.telltale.record.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The page docs/format/keys.md and the code say the same. */
@NullMarked
@Tag("one-store")
class KeysFormatTest {
  private static final LocalDate DAY = LocalDate.ofEpochDay(20_780);

  private static void onPage(String what, Bytes value) throws IOException {
    String page = Files.readString(Path.of("../docs/format/keys.md")).replaceAll("\\s", "");
    assertThat(page).as(what + ": " + value.hex()).contains(value.hex());
  }

  private static Bytes repeated(int value, int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return Bytes.adopt(bytes);
  }

  private static Entropy always(int value) {
    return target -> Arrays.fill(target, (byte) value);
  }

  private static AesKey key(int value) {
    try (SecretBytes secret = SecretBytes.adopt(repeated(value, 32).toArray())) {
      return AesKey.of(secret);
    }
  }

  @Test
  void contexts_are_as_on_the_page() throws IOException {
    onPage("epoch", EpochKeys.context(new Epoch(House.SCOPE, DAY, 1)));
    onPage("file", FileKeyRing.context(new FileKeys.Wanted(House.SCOPE, DAY, "lake/data/00ff")));
    onPage("generation", Wrapping.generationContext(1));
    onPage("signer", EpochSigner.context(1));
    onPage("service", ServiceSeal.context(House.PIPELINE));
  }

  @Test
  void a_shred_store_entry_is_as_on_the_page() throws IOException {
    Bytes context = Wrapping.generationContext(1);
    Bytes inner = AesBox.seal(key(0x11), always(0x44), context, repeated(0x33, 32).toArray());
    Bytes entry = AesBox.seal(key(0x22), always(0x55), context, inner.toArray());
    onPage("what the backend returns", inner);
    onPage("entry", entry);
    assertThat(AesBox.open(key(0x22), context, entry).map(Bytes::adopt)).contains(inner);
    assertThat(AesBox.open(key(0x11), context, inner).map(Bytes::adopt))
        .contains(repeated(0x33, 32));
  }

  @Test
  void a_backend_key_is_bound_to_its_name_and_version() throws IOException {
    Bytes context =
        new CborWriter(64)
            .array(3)
            .text("telltale/backend-key")
            .text("services")
            .integer(1)
            .toBytes();
    onPage("backend context", context);
  }
}
