package io.telltale.identity;

import io.telltale.crypto.x509.Pem;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What a root that is kept apart has signed; nothing of it is secret. {@code
 * docs/format/root-ceremony.md}.
 *
 * @param request SHA-256 of the file that it answers
 * @param issuing the issuing CA's certificate
 * @param oldWithNew other roots, certified by this one, as they were asked for
 * @param list the revocation list as DER
 */
public record RootAnswer(
    Hash request,
    X509Certificate root,
    X509Certificate issuing,
    List<X509Certificate> oldWithNew,
    Bytes list) {
  private static final int VERSION = 2;
  private static final String KIND = "telltale-root-answer";
  private static final int BYTES_MAX = 256 * 1024;
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(BYTES_MAX, 8));

  public RootAnswer {
    oldWithNew = List.copyOf(oldWithNew);
  }

  /** The file. */
  public Bytes write() {
    return Bytes.utf8(
        JsonNodeFactory.instance
                .objectNode()
                .put("kind", KIND)
                .put("version", VERSION)
                .put("request", request.hex())
                .put("root", Pem.certificates(List.of(root)))
                .put("issuing", Pem.certificates(List.of(issuing)))
                .put("oldWithNew", Pem.certificates(oldWithNew))
                .put("list", Base64Text.of(list))
                .toPrettyString()
            + "\n");
  }

  /** Empty for what is no answer. */
  public static Optional<RootAnswer> read(Bytes file) {
    return PROFILE.read(file).flatMap(RootAnswer::parse);
  }

  private static Optional<RootAnswer> parse(JsonNode json) {
    String request = json.path("request").asString("");
    Optional<X509Certificate> root = RootRequest.one(json.path("root").asString(""));
    Optional<X509Certificate> issuing = RootRequest.one(json.path("issuing").asString(""));
    Optional<List<X509Certificate>> oldWithNew =
        RootRequest.certificates(json.path("oldWithNew").asString(""));
    Optional<Bytes> list = Base64Text.parse(json.path("list").asString(""));
    return json.path("kind").asString("").equals(KIND)
            && json.path("version").asInt(0) == VERSION
            && request.matches("[0-9a-f]{64}")
            && root.isPresent()
            && issuing.isPresent()
            && oldWithNew.isPresent()
            && list.isPresent()
        ? Optional.of(
            new RootAnswer(
                Hash.ofHex(request), root.get(), issuing.get(), oldWithNew.get(), list.get()))
        : Optional.empty();
  }
}
