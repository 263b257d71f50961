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
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server asks of a root that is kept apart from it: a certificate for an issuing CA and a
 * revocation list. Carried by hand; {@code docs/format/root-ceremony.md}.
 *
 * @param id of the issuing CA
 * @param scope for whose devices it is to sign
 * @param key of the issuing CA, which has signed the request
 * @param extended the issuing CA's certificate, where it is to have more time; empty for a new one
 * @param root who is asked
 * @param before the roots that are to be certified by this one, which follows the first; empty
 *     where it follows none
 * @param listNumber of the list that is asked for, or more
 * @param revoked CAs and links between roots that the list is to name
 */
public record RootRequest(
    String trustDomain,
    String id,
    CaScope scope,
    PublicKey key,
    Optional<X509Certificate> extended,
    X509Certificate root,
    List<X509Certificate> before,
    BigInteger listNumber,
    List<Revoked> revoked,
    Instant time) {
  private static final int VERSION = 2;
  private static final String KIND = "telltale-root-request";
  private static final int BYTES_MAX = 256 * 1024;
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(BYTES_MAX, 8));

  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final int BEFORE_MAX = RootWays.TRUSTED_MAX;
  // RFC 5280 section 4.1.2.2.
  private static final int SERIAL_BITS_MAX = 160;
  private static final Set<Integer> REASONS =
      Set.of(0, Cas.CA_COMPROMISE, Cas.CESSATION_OF_OPERATION);
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  public RootRequest {
    before = List.copyOf(before);
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
            .put("scope", scope.text())
            .put("key", Base64Text.of(Bytes.adopt(key.getEncoded())))
            .put("extends", extended.map(one -> Pem.certificates(List.of(one))).orElse(""))
            .put("root", Pem.certificates(List.of(root)))
            .put("before", Pem.certificates(before))
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
      String extended = json.path("extends").asString("");
      String before = json.path("before").asString("");
      String domain = json.path("trustDomain").asString("");
      Optional<PublicKey> key =
          Base64Text.parse(json.path("key").asString("")).flatMap(EcdsaP256::publicKey);
      Optional<X509Certificate> root = one(json.path("root").asString(""));
      Optional<X509Certificate> old = extended.isEmpty() ? Optional.empty() : one(extended);
      Optional<List<X509Certificate>> others = certificates(before);
      boolean isWhole =
          json.path("kind").asString("").equals(KIND)
              && json.path("version").asInt(0) == VERSION
              && DOMAIN.matcher(domain).matches()
              && CaStates.isId(json.path("id").asString(""))
              && json.path("listNumber").asString("").matches("[1-9][0-9]{0,38}")
              && key.isPresent()
              && root.isPresent()
              && old.isPresent() != extended.isEmpty()
              && others.filter(all -> all.size() <= BEFORE_MAX).isPresent();
      return isWhole
          ? Optional.of(
              new RootRequest(
                  domain,
                  json.path("id").asString(""),
                  new CaScope(json.path("scope").asString("")),
                  key.get(),
                  old,
                  root.get(),
                  others.get(),
                  new BigInteger(json.path("listNumber").asString("")),
                  lines(json.path("revoked")),
                  time(json)))
          : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<Revoked> lines(JsonNode array) {
    var lines = new ArrayList<Revoked>();
    for (JsonNode one : array) {
      var line =
          new Revoked(
              new BigInteger(one.path("serial").asString(""), 16),
              time(one),
              one.path("reason").asInt(-1));
      if (line.serial().signum() != 1
          || line.serial().bitLength() > SERIAL_BITS_MAX
          || !REASONS.contains(line.reason())) {
        throw new IllegalArgumentException("no line of a list");
      }
      lines.add(line);
    }
    return lines;
  }

  private static Instant time(JsonNode json) {
    Instant time = Instant.parse(json.path("time").asString(""));
    if (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
      throw new IllegalArgumentException("no time of a certificate");
    }
    return time;
  }

  /** As they were written, none for no text; empty for anything else. */
  static Optional<List<X509Certificate>> certificates(String pem) {
    return pem.isEmpty()
        ? Optional.of(List.of())
        : Pem.readCertificates(pem).filter(found -> Pem.certificates(found).equals(pem));
  }

  static Optional<X509Certificate> one(String pem) {
    return Pem.readCertificates(pem)
        .filter(found -> found.size() == 1)
        .map(List::getFirst)
        .filter(found -> Pem.certificates(List.of(found)).equals(pem))
        .filter(found -> Certificates.der(found).length > 0);
  }
}
