package io.telltale.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The examples of the COSE working group: what passes must open, what fails must not. */
@NullMarked
class CoseVectorsTest {
  @Test
  void encrypt0_opens_what_must_pass_and_nothing_else() throws IOException {
    int tried = 0;
    for (Path file : files("encrypted-tests", "aes-gcm-examples")) {
      JsonNode vector = Vectors.read(file);
      JsonNode input = vector.get("input");
      // A192GCM is none of ours; "enveloped" is another message type.
      if (!input.has("encrypted") || file.toString().endsWith("enc-02.json")) {
        continue;
      }
      Bytes plain = Bytes.utf8(input.get("plaintext").asString());
      Bytes external = external(input.get("encrypted"));
      Bytes key = Bytes.ofHex(vector.get("intermediates").get("CEK_hex").asString());
      Bytes message = Bytes.ofHex(vector.get("output").get("cbor").asString());
      Optional<Bytes> opened =
          encrypt0(message, vector)
              .flatMap(m -> m.open(AesKey.of(SecretBytes.adopt(key.toArray())), external));
      assertThat(opened)
          .as(file.toString())
          .isEqualTo(fails(vector) ? Optional.empty() : Optional.of(plain));
      tried++;
    }
    assertThat(tried).isGreaterThanOrEqualTo(12);
  }

  @Test
  void encrypt0_seals_to_the_published_bytes() {
    JsonNode vector =
        Vectors.read(Vectors.folder("cose").resolve("aes-gcm-examples/aes-gcm-enc-03.json"));
    Bytes key = Bytes.ofHex(vector.get("intermediates").get("CEK_hex").asString());
    Bytes iv = Bytes.ofHex(vector.get("input").get("rng_stream").get(0).asString());
    Bytes sealed =
        Encrypt0.seal(
            AesKey.of(SecretBytes.adopt(key.toArray())), iv, Bytes.utf8("This is the content."));
    assertThat(sealed.hex()).isEqualToIgnoringCase(vector.get("output").get("cbor").asString());
  }

  @Test
  void sign1_verifies_what_must_pass_and_nothing_else() throws Exception {
    int tried = 0;
    for (Path file : files("sign1-tests", "ecdsa-examples")) {
      JsonNode vector = Vectors.read(file);
      JsonNode input = vector.get("input");
      if (!input.has("sign0") || !es256(input.get("sign0"))) {
        continue;
      }
      Bytes message = Bytes.ofHex(vector.get("output").get("cbor").asString());
      Bytes external = external(input.get("sign0"));
      PublicKey key = key(input.get("sign0").get("key"));
      boolean verified =
          sign1(message, vector)
              .map(
                  m ->
                      m.verify(key, external)
                          && m.payload().equals(Bytes.utf8(input.get("plaintext").asString())))
              .orElse(false);
      assertThat(verified).as(file.toString()).isEqualTo(!fails(vector));
      tried++;
    }
    assertThat(tried).isGreaterThanOrEqualTo(8);
  }

  private static List<Path> files(String... folders) throws IOException {
    Path root = Vectors.folder("cose");
    var all = new java.util.ArrayList<Path>();
    for (String folder : folders) {
      try (Stream<Path> some = Files.list(root.resolve(folder))) {
        all.addAll(some.sorted().toList());
      }
    }
    return all;
  }

  private static boolean fails(JsonNode vector) {
    return vector.path("fail").asBoolean(false);
  }

  private static Bytes external(JsonNode part) {
    return part.has("external") ? Bytes.ofHex(part.get("external").asString()) : Bytes.EMPTY;
  }

  private static Optional<Encrypt0> encrypt0(Bytes message, JsonNode vector) {
    return untagged(vector) ? Encrypt0.decodeUntagged(message) : Encrypt0.decode(message);
  }

  private static Optional<CoseSign1> sign1(Bytes message, JsonNode vector) {
    return untagged(vector) ? CoseSign1.decodeUntagged(message) : CoseSign1.decode(message);
  }

  private static boolean untagged(JsonNode vector) {
    return vector.get("title").asString().contains("Remove")
        && vector.get("title").asString().endsWith("ag");
  }

  private static boolean es256(JsonNode part) {
    return part.get("key").get("crv").asString().equals("P-256")
        && part.get("alg").asString().equals("ES256");
  }

  private static PublicKey key(JsonNode jwk) throws Exception {
    var parameters = java.security.AlgorithmParameters.getInstance("EC");
    parameters.init(new java.security.spec.ECGenParameterSpec("secp256r1"));
    var point = new ECPoint(number(jwk.get("x")), number(jwk.get("y")));
    return KeyFactory.getInstance("EC")
        .generatePublic(
            new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
  }

  private static BigInteger number(JsonNode field) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(field.asString()));
  }
}
