package io.telltale.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HashSet;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class PrimitivesTest {
  private static final Bytes MESSAGE = Bytes.utf8("message");

  @Test
  void a_secret_is_never_printed_and_is_gone_after_close() {
    var secret = SecretBytes.copyOf(new byte[] {1, 2, 3});
    assertThat(secret).hasToString("[3 bytes, redacted]");
    assertThat(secret).isEqualTo(SecretBytes.copyOf(new byte[] {1, 2, 3}));
    assertThat(secret).isNotEqualTo(SecretBytes.copyOf(new byte[] {1, 2, 4}));
    secret.close();
    assertThatThrownBy(secret::toArray).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void adopting_wipes_the_callers_array_too() {
    byte[] raw = {1, 2, 3};
    SecretBytes.adopt(raw).close();
    assertThat(raw).containsOnly(0);
  }

  @Test
  void buffered_entropy_hands_out_every_byte_once() {
    var counter = new byte[1];
    Entropy counting =
        target -> {
          for (int i = 0; i < target.length; i++) {
            target[i] = counter[0]++;
          }
        };
    Entropy buffered = Entropy.buffered(counting, 8);
    var seen = new HashSet<Byte>();
    for (int i = 0; i < 32; i++) {
      for (byte b : buffered.array(4)) {
        assertThat(seen.add(b)).isTrue();
      }
    }
    assertThat(buffered.array(9)).hasSize(9);
  }

  @Test
  void system_entropy_does_not_repeat() {
    var seen = new HashSet<Bytes>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(Entropy.system().bytes(16))).isTrue();
    }
  }

  @Test
  void sealing_twice_under_one_nonce_is_a_bug() {
    var cipher = new AesGcm();
    AesKey key = AesKey.of(Entropy.system().secret(32));
    cipher.seal(key, new byte[12], new byte[0], new byte[1]);
    assertThatThrownBy(() -> cipher.seal(key, new byte[12], new byte[0], new byte[1]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aes_gcm_opens_only_under_the_same_key_nonce_and_data() {
    var cipher = new AesGcm();
    AesKey key = AesKey.of(Entropy.system().secret(32));
    byte[] sealed = cipher.seal(key, new byte[12], new byte[] {1}, new byte[] {7});
    byte[] other = new byte[12];
    other[11] = 1;
    assertThat(cipher.open(key, new byte[12], new byte[] {1}, sealed)).isPresent();
    assertThat(cipher.open(key, other, new byte[] {1}, sealed)).isEmpty();
    assertThat(cipher.open(key, new byte[12], new byte[] {2}, sealed)).isEmpty();
    assertThat(cipher.open(key, new byte[12], new byte[0], sealed)).isEmpty();
    assertThat(
            cipher.open(
                AesKey.of(Entropy.system().secret(32)), new byte[12], new byte[] {1}, sealed))
        .isEmpty();
    for (int bit = 0; bit < sealed.length * 8; bit++) {
      byte[] altered = sealed.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(cipher.open(key, new byte[12], new byte[] {1}, altered)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 256, 16_367, 16_368, 16_383, 16_384, 70_000})
  void aes_gcm_of_any_size_is_what_another_library_makes(int size) throws Exception {
    byte[] raw = Entropy.system().array(32);
    byte[] plain = Entropy.system().array(size);
    byte[] nonce = Entropy.system().array(AesGcm.NONCE_SIZE);
    byte[] associated = {1, 2, 3};
    AesKey key;
    try (SecretBytes secret = SecretBytes.copyOf(raw)) {
      key = AesKey.of(secret);
    }
    var other = Cipher.getInstance("AES/GCM/NoPadding", new BouncyCastleProvider());
    other.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(raw, "AES"),
        new GCMParameterSpec(8 * AesGcm.TAG_SIZE, nonce));
    other.updateAAD(associated);
    byte[] expected = other.doFinal(plain);

    var cipher = new AesGcm();
    assertThat(cipher.seal(key, nonce, associated, plain)).isEqualTo(expected);
    assertThat(cipher.open(key, nonce, associated, expected)).contains(plain);
    byte[] out = new byte[expected.length + 2];
    var passage =
        new AesGcm.Passage(
            ByteBuffer.wrap(associated),
            ByteBuffer.wrap(plain),
            ByteBuffer.wrap(out, 1, expected.length));
    new AesGcm().seal(key, nonce, passage);
    assertThat(Arrays.copyOfRange(out, 1, out.length - 1)).isEqualTo(expected);
  }

  @Test
  void hpke_opens_only_under_the_same_context_and_key() {
    Hpke.Pair pair = Hpke.generate();
    var context = new Hpke.Context(Bytes.utf8("info"), Bytes.utf8("aad"));
    var secret = SecretBytes.copyOf(new byte[32]);
    Hpke.Sealed sealed = Hpke.seal(pair.publicKey(), context, secret);
    assertThat(pair.publicKey().size()).isEqualTo(Hpke.PUBLIC_SIZE);
    assertThat(pair.privateKey().size()).isEqualTo(Hpke.PRIVATE_SIZE);
    assertThat(sealed.encapsulation().size()).isEqualTo(Hpke.ENCAPSULATION_SIZE);
    assertThat(Hpke.open(pair.privateKey(), context, sealed)).contains(secret);
    var otherInfo = new Hpke.Context(Bytes.utf8("other"), context.associated());
    var otherAad = new Hpke.Context(context.info(), Bytes.utf8("other"));
    assertThat(Hpke.open(pair.privateKey(), otherInfo, sealed)).isEmpty();
    assertThat(Hpke.open(pair.privateKey(), otherAad, sealed)).isEmpty();
    assertThat(Hpke.open(Hpke.generate().privateKey(), context, sealed)).isEmpty();
    var cut = new Hpke.Sealed(sealed.encapsulation(), sealed.ciphertext().slice(0, 20));
    assertThat(Hpke.open(pair.privateKey(), context, cut)).isEmpty();
  }

  @Test
  void hpke_opens_what_another_library_sealed() throws Exception {
    Hpke.Pair pair = Hpke.generate();
    var context = new Hpke.Context(Bytes.utf8("info"), Bytes.utf8("aad"));
    var bouncy =
        new HPKE(HPKE.mode_base, HPKE.kem_X_WING, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
    byte[][] sealed =
        bouncy.seal(
            bouncy.deserializePublicKey(pair.publicKey().toArray()),
            context.info().toArray(),
            context.associated().toArray(),
            MESSAGE.toArray(),
            null,
            null,
            null);
    var ours = new Hpke.Sealed(Bytes.adopt(sealed[1]), Bytes.adopt(sealed[0]));
    assertThat(Hpke.open(pair.privateKey(), context, ours).orElseThrow().toArray())
        .isEqualTo(MESSAGE.toArray());
  }

  @Test
  void ecdsa_signs_with_keys_of_any_provider() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC", "SunEC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    for (KeyPair pair : new KeyPair[] {EcdsaP256.generate(), generator.generateKeyPair()}) {
      Bytes signature = EcdsaP256.sign(pair.getPrivate(), MESSAGE);
      assertThat(signature.size()).isEqualTo(64);
      assertThat(EcdsaP256.verify(pair.getPublic(), MESSAGE, signature)).isTrue();
      assertThat(EcdsaP256.verify(pair.getPublic(), Bytes.utf8("other"), signature)).isFalse();
      Bytes spki = Bytes.copyOf(pair.getPublic().getEncoded());
      assertThat(EcdsaP256.publicKey(spki).orElseThrow()).isEqualTo(pair.getPublic());
    }
  }

  @Test
  void a_key_of_another_curve_is_none_of_ours() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC", "SunEC");
    generator.initialize(new ECGenParameterSpec("secp384r1"));
    KeyPair pair = generator.generateKeyPair();
    assertThat(EcdsaP256.isP256(pair.getPublic())).isFalse();
    assertThat(EcdsaP256.publicKey(Bytes.copyOf(pair.getPublic().getEncoded()))).isEmpty();
    assertThat(EcdsaP256.verify(pair.getPublic(), MESSAGE, Bytes.adopt(new byte[64]))).isFalse();
    assertThat(EcdsaP256.privateKey(pair.getPrivate().getEncoded())).isEmpty();
    KeyPair ours = EcdsaP256.generate();
    assertThat(EcdsaP256.privateKey(ours.getPrivate().getEncoded())).contains(ours.getPrivate());
    assertThat(EcdsaP256.isPair(ours.getPrivate(), ours.getPublic())).isTrue();
    assertThat(EcdsaP256.isPair(ours.getPrivate(), EcdsaP256.generate().getPublic())).isFalse();
    assertThat(EcdsaP256.isPair(pair.getPrivate(), pair.getPublic())).isFalse();
  }

  @Test
  void signature_encodings_convert_both_ways() {
    KeyPair pair = EcdsaP256.generate();
    for (int i = 0; i < 500; i++) {
      Bytes der = EcdsaP256.signDer(pair.getPrivate(), Bytes.utf8("m" + i));
      Bytes raw = EcdsaEncoding.derToRaw(der).orElseThrow();
      assertThat(EcdsaEncoding.rawToDer(raw)).contains(der);
    }
  }

  @Test
  void ed25519_signs_as_rfc_8032_section_7_1_test_2() {
    var seed =
        SecretBytes.adopt(
            Bytes.ofHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
                .toArray());
    Bytes publicKey = Ed25519.publicKey(seed);
    assertThat(publicKey.hex())
        .isEqualTo("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    Bytes signature = Ed25519.sign(seed, Bytes.ofHex("72"));
    assertThat(signature.hex())
        .startsWith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da");
    assertThat(Ed25519.verify(publicKey, Bytes.ofHex("72"), signature)).isTrue();
  }
}
