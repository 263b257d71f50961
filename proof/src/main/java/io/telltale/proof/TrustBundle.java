package io.telltale.proof;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.json.JsonObject;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that an auditor trusts ({@code docs/format/trust-bundle.md}): handed over once, by a way that
 * they trust, and enough to verify every proof.
 *
 * @param trustDomain of every SPIFFE id
 * @param caRoots where certificate chains must end
 * @param ledgerKeys which keys sign checkpoints, and when they did
 * @param keyServiceKeys which keys sign the epoch keys that sealers seal to
 * @param witnesses verifier keys whose cosignatures are asked for; none yet
 * @param formats versions of the formats this bundle was written for, by name
 */
public record TrustBundle(
    String trustDomain,
    List<X509Certificate> caRoots,
    List<LedgerKey> ledgerKeys,
    List<KeyServiceKey> keyServiceKeys,
    List<String> witnesses,
    SortedMap<String, Integer> formats) {
  private static final int VERSION = 1;
  private static final int LIST_MAX = 64;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> MEMBERS =
      Set.of(
          "version",
          "trustDomain",
          "caRoots",
          "ledgerKeys",
          "keyServiceKeys",
          "witnesses",
          "formats");

  /** The formats that this program writes. */
  public static final SortedMap<String, Integer> FORMATS =
      new TreeMap<>(Map.of("proof", 1, "event", 1, "origin", 1));

  public TrustBundle {
    caRoots = List.copyOf(caRoots);
    ledgerKeys = List.copyOf(ledgerKeys);
    keyServiceKeys = List.copyOf(keyServiceKeys);
    witnesses = List.copyOf(witnesses);
    formats = new TreeMap<>(formats);
  }

  /** A bundle for auditors alone, who seal nothing. */
  public TrustBundle(
      String trustDomain,
      List<X509Certificate> caRoots,
      List<LedgerKey> ledgerKeys,
      List<String> witnesses,
      SortedMap<String, Integer> formats) {
    this(trustDomain, caRoots, ledgerKeys, List.of(), witnesses, formats);
  }

  /**
   * A key service's signing key, P-256, and the time in which it signed.
   *
   * @param notAfter empty while it is in use
   */
  public record KeyServiceKey(PublicKey key, Instant notBefore, Optional<Instant> notAfter) {}

  /**
   * A ledger's key and the time in which it signed.
   *
   * @param notAfter empty while it is in use
   */
  public record LedgerKey(NoteKey key, Instant notBefore, Optional<Instant> notAfter) {
    boolean validAt(Instant time) {
      return !time.isBefore(notBefore) && notAfter.map(end -> !time.isAfter(end)).orElse(true);
    }
  }

  /** What came of reading a file. */
  public sealed interface Parsed {
    record Ok(TrustBundle bundle) implements Parsed {}

    record Malformed(String why) implements Parsed {}
  }

  /** Reads a bundle; hostile bytes give {@link Parsed.Malformed}, never an exception. */
  public static Parsed parse(Bytes file) {
    return switch (JsonFile.read(file, TrustBundle::read)) {
      case JsonFile.Read.Ok<TrustBundle>(TrustBundle bundle) -> new Parsed.Ok(bundle);
      case JsonFile.Read.Bad<TrustBundle>(String why) -> new Parsed.Malformed(why);
    };
  }

  private static TrustBundle read(JsonObject root) {
    root.only(MEMBERS);
    if (JsonFile.number(root, "version") != VERSION) {
      throw new JsonFile.Malformed("its version is not " + VERSION);
    }
    String domain = JsonFile.text(root, "trustDomain");
    if (!SpiffeId.isTrustDomain(domain)) {
      throw new JsonFile.Malformed("its trustDomain is none");
    }
    return new TrustBundle(
        domain,
        distinct(
            "caRoots", root.texts("caRoots", LIST_MAX).stream().map(TrustBundle::root).toList()),
        distinct("ledgerKeys", root.each("ledgerKeys", LIST_MAX, TrustBundle::ledgerKey)),
        // Bundles of before have none.
        root.has("keyServiceKeys")
            ? distinct(
                "keyServiceKeys", root.each("keyServiceKeys", LIST_MAX, TrustBundle::keyServiceKey))
            : List.of(),
        distinct("witnesses", root.texts("witnesses", LIST_MAX)),
        formats(root.object("formats")));
  }

  /** Whoever wrote the bundle says by which formats to judge: others than ours we cannot judge. */
  private static SortedMap<String, Integer> formats(JsonObject named) {
    named.only(FORMATS.keySet());
    FORMATS.forEach(
        (name, version) -> {
          if (JsonFile.number(named, name) != version) {
            throw new JsonFile.Malformed(
                "it asks for version %d of the format %s, and this program reads %d"
                    .formatted(JsonFile.number(named, name), name, version));
          }
        });
    return FORMATS;
  }

  private static <T> List<T> distinct(String name, List<T> list) {
    if (Set.copyOf(list).size() != list.size()) {
      throw new JsonFile.Malformed("one of " + name + " is there twice");
    }
    return list;
  }

  private static X509Certificate root(String pem) {
    return Pem.decode("CERTIFICATE", pem)
        .flatMap(Certificates::parse)
        // No chain check looks at a root's own signature: a changed root would pass unseen.
        .filter(root -> CertificateFacts.signedBy(root, root.getPublicKey()))
        .orElseThrow(() -> new JsonFile.Malformed("one of caRoots is no root certificate in PEM"));
  }

  private static LedgerKey ledgerKey(JsonObject object) {
    object.only(Set.of("name", "key", "notBefore", "notAfter"));
    NoteKey key =
        NoteKey.parse(JsonFile.text(object, "key"))
            .filter(parsed -> parsed.name().equals(JsonFile.text(object, "name")))
            .orElseThrow(() -> new JsonFile.Malformed("one of ledgerKeys is not a verifier key"));
    return new LedgerKey(key, time(JsonFile.text(object, "notBefore")), notAfter(object));
  }

  private static KeyServiceKey keyServiceKey(JsonObject object) {
    object.only(Set.of("key", "notBefore", "notAfter"));
    PublicKey key =
        EcdsaP256.publicKey(JsonFile.bytes(object, "key"))
            .orElseThrow(() -> new JsonFile.Malformed("one of keyServiceKeys is not a P-256 key"));
    return new KeyServiceKey(key, time(JsonFile.text(object, "notBefore")), notAfter(object));
  }

  private static Optional<Instant> notAfter(JsonObject object) {
    return object.node().path("notAfter").isNull()
        ? Optional.empty()
        : Optional.of(time(JsonFile.text(object, "notAfter")));
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new JsonFile.Malformed("a time is not like 2026-11-23T10:00:00Z");
    }
  }

  private static void time(ObjectNode key, Instant notBefore, Optional<Instant> notAfter) {
    key.put("notBefore", notBefore.toString());
    notAfter.ifPresentOrElse(
        end -> key.put("notAfter", end.toString()), () -> key.putNull("notAfter"));
  }

  /** The file, to be read by people too. */
  public Bytes toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION).put("trustDomain", trustDomain);
    ArrayNode roots = root.putArray("caRoots");
    caRoots.forEach(certificate -> roots.add(Pem.certificates(List.of(certificate))));
    ArrayNode keys = root.putArray("ledgerKeys");
    for (LedgerKey one : ledgerKeys) {
      ObjectNode key = keys.addObject();
      key.put("name", one.key().name()).put("key", one.key().vkey());
      time(key, one.notBefore(), one.notAfter());
    }
    ArrayNode services = root.putArray("keyServiceKeys");
    for (KeyServiceKey one : keyServiceKeys) {
      ObjectNode key = services.addObject();
      key.put("key", Base64Text.of(Bytes.adopt(one.key().getEncoded())));
      time(key, one.notBefore(), one.notAfter());
    }
    ArrayNode named = root.putArray("witnesses");
    witnesses.forEach(named::add);
    ObjectNode versions = root.putObject("formats");
    formats.forEach(versions::put);
    return Bytes.utf8(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }
}
