package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server asks of a root that is kept apart from it: a certificate for an issuing CA and a
 * revocation list. Carried by hand; {@code docs/format/root-ceremony.md}.
 *
 * @param id of the issuing CA
 * @param key of the issuing CA, which has signed the request
 * @param begin of the issuing CA's certificate where that is extended, empty for a new one
 * @param root who is asked
 * @param before the root that this one follows, to be certified by it; empty where it follows none
 * @param listNumber of the list that is asked for, or more
 * @param revoked issuing CAs that the list is to name
 */
public record RootRequest(
    String trustDomain,
    String id,
    PublicKey key,
    Optional<Instant> begin,
    X509Certificate root,
    Optional<X509Certificate> before,
    BigInteger listNumber,
    List<Revoked> revoked,
    Instant time) {
  private static final int VERSION = 1;
  private static final String KIND = "telltale-root-request";
  private static final int BYTES_MAX = 256 * 1024;
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(BYTES_MAX, 8));

  public RootRequest {
    revoked = List.copyOf(revoked);
  }

  /** What it is, and its text. */
  public record Read(RootRequest request, Hash hash) {}

  /** The file, signed with the key that is to be certified. */
  Bytes write(SigningKey signer) {
    ObjectNode body = body();
    Bytes signature = signer.sign(signed(body));
    return Bytes.utf8(body.put("proof", Base64Text.of(signature)).toPrettyString() + "\n");
  }

  private ObjectNode body() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("version", VERSION)
            .put("trustDomain", trustDomain)
            .put("id", id)
            .put("key", Base64Text.of(Bytes.adopt(key.getEncoded())))
            .put("begin", begin.map(Instant::toString).orElse(""))
            .put("root", Pem.certificates(List.of(root)))
            .put("before", before.map(one -> Pem.certificates(List.of(one))).orElse(""))
            .put("listNumber", listNumber.toString())
            .put("time", time.toString());
    var lines = json.putArray("revoked");
    revoked.forEach(
        one ->
            lines
                .addObject()
                .put("serial", one.serial().toString(16))
                .put("time", one.when().toString())
                .put("reason", one.reason()));
    return json;
  }

  // The text without spaces, as we write it: what is signed is what was read.
  private static Bytes signed(ObjectNode body) {
    return Bytes.utf8(KIND + " v" + VERSION + "\n" + body);
  }

  /** Empty for what is no request, or not signed with its key. */
  public static Optional<Read> read(Bytes file) {
    return PROFILE
        .read(file)
        .flatMap(
            json ->
                parse(json)
                    .filter(request -> request.isProven(json))
                    .map(request -> new Read(request, Hash.sha256(file))));
  }

  private boolean isProven(JsonNode json) {
    return Base64Text.parse(json.path("proof").asString(""))
        .filter(proof -> EcdsaP256.verify(key, signed(body()), proof))
        .isPresent();
  }

  private static Optional<RootRequest> parse(JsonNode json) {
    try {
      String begin = json.path("begin").asString("");
      String before = json.path("before").asString("");
      Optional<PublicKey> key =
          Base64Text.parse(json.path("key").asString("")).flatMap(EcdsaP256::publicKey);
      Optional<X509Certificate> root = one(json.path("root").asString(""));
      Optional<X509Certificate> old = before.isEmpty() ? Optional.empty() : one(before);
      boolean isWhole =
          json.path("kind").asString("").equals(KIND)
              && json.path("version").asInt(0) == VERSION
              && CaStates.isId(json.path("id").asString(""))
              && json.path("listNumber").asString("").matches("[1-9][0-9]{0,38}")
              && key.isPresent()
              && root.isPresent()
              && old.isPresent() != before.isEmpty();
      return isWhole
          ? Optional.of(
              new RootRequest(
                  json.path("trustDomain").asString(""),
                  json.path("id").asString(""),
                  key.get(),
                  begin.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(begin)),
                  root.get(),
                  old,
                  new BigInteger(json.path("listNumber").asString("")),
                  lines(json.path("revoked")),
                  Instant.parse(json.path("time").asString(""))))
          : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<Revoked> lines(JsonNode array) {
    var lines = new ArrayList<Revoked>();
    for (JsonNode one : array) {
      lines.add(
          new Revoked(
              new BigInteger(one.path("serial").asString(""), 16),
              Instant.parse(one.path("time").asString("")),
              one.path("reason").asInt(0)));
    }
    return lines;
  }

  static Optional<X509Certificate> one(String pem) {
    return Pem.readCertificates(pem)
        .filter(found -> found.size() == 1)
        .map(List::getFirst)
        .filter(found -> Pem.certificates(List.of(found)).equals(pem))
        .filter(found -> Certificates.der(found).length > 0);
  }
}
