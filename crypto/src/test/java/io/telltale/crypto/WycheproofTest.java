package io.telltale.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import java.security.PublicKey;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class WycheproofTest {
  @Test
  void aes_gcm_seals_and_opens_as_published() {
    var cipher = new AesGcm();
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("aes_gcm_test.json")) {
      boolean ours =
          c.group().get("ivSize").asInt() == 96
              && c.group().get("tagSize").asInt() == 128
              && c.group().get("keySize").asInt() != 192;
      if (!ours) {
        continue;
      }
      var key = AesKey.of(SecretBytes.adopt(c.hex("key").toArray()));
      byte[] iv = c.hex("iv").toArray();
      byte[] aad = c.hex("aad").toArray();
      byte[] sealed =
          Bytes.ofHex(c.test().get("ct").asString() + c.test().get("tag").asString()).toArray();
      Optional<byte[]> opened = cipher.open(key, iv, aad, sealed);
      assertThat(opened.isPresent()).as(c.name()).isEqualTo(c.valid());
      if (c.valid()) {
        assertThat(opened.orElseThrow()).as(c.name()).isEqualTo(c.hex("msg").toArray());
        // A new engine for each: the JDK refuses the same key and IV twice in a row.
        assertThat(new AesGcm().seal(key, iv, aad, c.hex("msg").toArray()))
            .as(c.name())
            .isEqualTo(sealed);
      }
      tried++;
    }
    assertThat(tried).isGreaterThan(100);
  }

  @Test
  void hkdf_derives_as_published() {
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("hkdf_sha256_test.json")) {
      var input = SecretBytes.adopt(c.hex("ikm").toArray());
      int size = c.test().get("size").asInt();
      if (c.valid()) {
        assertThat(Hkdf.derive(input, c.hex("salt"), c.hex("info"), size).toArray())
            .as(c.name())
            .isEqualTo(c.hex("okm").toArray());
      } else {
        assertThatThrownBy(() -> Hkdf.derive(input, c.hex("salt"), c.hex("info"), size))
            .isInstanceOf(IllegalArgumentException.class);
      }
      tried++;
    }
    assertThat(tried).isGreaterThan(50);
  }

  @Test
  void hmac_tags_as_published() {
    var hmac = new Hmac();
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("hmac_sha256_test.json")) {
      if (c.group().get("tagSize").asInt() != 256) {
        continue;
      }
      var key = SecretBytes.adopt(c.hex("key").toArray());
      assertThat(hmac.tag(key, c.hex("msg")).value().equals(c.hex("tag")))
          .as(c.name())
          .isEqualTo(c.valid());
      tried++;
    }
    assertThat(tried).isGreaterThan(50);
  }

  @Test
  void ecdsa_verifies_der_signatures_as_published() {
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("ecdsa_secp256r1_sha256_test.json")) {
      assertThat(EcdsaP256.verifyDer(ecKey(c), c.hex("msg"), c.hex("sig")))
          .as(c.name())
          .isEqualTo(c.valid());
      tried++;
    }
    assertThat(tried).isGreaterThan(300);
  }

  @Test
  void ecdsa_verifies_raw_signatures_as_published() {
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("ecdsa_secp256r1_sha256_p1363_test.json")) {
      assertThat(EcdsaP256.verify(ecKey(c), c.hex("msg"), c.hex("sig")))
          .as(c.name())
          .isEqualTo(c.valid());
      tried++;
    }
    assertThat(tried).isGreaterThan(100);
  }

  @Test
  void ed25519_verifies_as_published() {
    int tried = 0;
    for (Vectors.Case c : Vectors.wycheproof("ed25519_test.json")) {
      Bytes key = Bytes.ofHex(c.group().get("publicKey").get("pk").asString());
      assertThat(Ed25519.verify(key, c.hex("msg"), c.hex("sig"))).as(c.name()).isEqualTo(c.valid());
      tried++;
    }
    assertThat(tried).isGreaterThan(100);
  }

  private static PublicKey ecKey(Vectors.Case c) {
    Bytes spki = Bytes.ofHex(c.group().get("publicKeyDer").asString());
    return EcdsaP256.publicKey(spki).orElseThrow();
  }
}
