package io.telltale.device;

import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.HttpsAddress;
import io.telltale.kernel.SpiffeId;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An enrollment token's file: who may enroll, once, and by what it knows the server ({@code
 * docs/format/enrollment-token.md}). Not a record: the token is a secret.
 */
public final class EnrollmentToken {
  /** More than that is no token file. */
  static final int BYTES_MAX = 64 * 1024;

  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(BYTES_MAX, 8));

  private final DeviceId device;
  private final String token;
  private final ServerAddress server;

  private EnrollmentToken(DeviceId device, String token, ServerAddress server) {
    this.device = device;
    this.token = token;
    this.server = server;
  }

  /** What reading a file gave. */
  public sealed interface Parsed {
    record Token(EnrollmentToken token) implements Parsed {}

    /** {@code why} never quotes the file. */
    record Malformed(String why) implements Parsed {}
  }

  /** Reads a token file's content. */
  public static Parsed parse(Bytes content) {
    if (content.size() > BYTES_MAX) {
      return new Parsed.Malformed("it is larger than " + BYTES_MAX + " bytes");
    }
    JsonNode root;
    try {
      root = PROFILE.parse(content);
    } catch (JacksonException e) {
      return new Parsed.Malformed("it is not JSON");
    }
    if (root.path("version").asInt(0) != 1) {
      return new Parsed.Malformed("its version is not 1");
    }
    String enroll = root.path("enrollUrl").asString("");
    if (!enroll.isEmpty() && ServerAddress.https(enroll).isEmpty()) {
      return new Parsed.Malformed("its enrollUrl " + HttpsAddress.FORM);
    }
    String mqtt = root.path("mqtt").asString("");
    if (!mqtt.isEmpty() && ServerAddress.https("https://" + mqtt).isEmpty()) {
      return new Parsed.Malformed("its mqtt must be HOST:PORT, with a port from 1 to 65535");
    }
    Optional<ServerAddress> server = ServerAddress.of(root);
    String name = root.path("device").asString("");
    String token = root.path("token").asString("");
    if (server.isEmpty() || token.isEmpty() || !DeviceId.valid(name)) {
      return new Parsed.Malformed(
          "it needs device, token, serverId, serverPin, enrollUrl, mqtt and caPem");
    }
    var device = new DeviceId(server.get().id().tenant(), name);
    return new Parsed.Token(new EnrollmentToken(device, token, server.get()));
  }

  public DeviceId device() {
    return device;
  }

  /** Where to enroll and to publish, and by what the server is known. */
  public ServerAddress server() {
    return server;
  }

  /** The same token for the same server under another {@link HttpsAddress}. */
  public EnrollmentToken at(URI enroll) {
    var moved =
        new ServerAddress(
            server.id(), server.pin(), enroll, enroll.getHost(), server.mqttPort(), server.trust());
    return new EnrollmentToken(device, token, moved);
  }

  /** What it is known by where the secret must not lie. */
  Hash hash() {
    return Hash.sha256(Bytes.utf8(token));
  }

  String secret() {
    return token;
  }

  @Override
  public String toString() {
    return "EnrollmentToken[" + device + "]";
  }

  /**
   * A server as its devices know it; nothing here is secret.
   *
   * @param id the SPIFFE id in its certificate
   * @param pin base64 of the SHA-256 of a public key (SPKI) that its chain must hold
   * @param enroll where EST answers
   * @param mqttHost where the MQTT door is
   * @param trust what its chain must lead to
   */
  public record ServerAddress(
      SpiffeId id, String pin, URI enroll, String mqttHost, int mqttPort, TrustedRoots trust) {
    private static final int LISTS_MAX = 8;
    private static final int LIST_CHARS_MAX = 24 * 1024;

    /** What its chain must lead to. */
    public List<X509Certificate> roots() {
      return trust.certificates();
    }

    /** The same, known by others. */
    ServerAddress trusting(TrustedRoots others) {
      return new ServerAddress(id, pin, enroll, mqttHost, mqttPort, others);
    }

    public InetSocketAddress mqtt() {
      return new InetSocketAddress(mqttHost, mqttPort);
    }

    /** As written by {@link #json}. */
    static Optional<ServerAddress> of(JsonNode json) {
      Optional<SpiffeId> id = SpiffeId.parse(json.path("serverId").asString(""));
      Optional<URI> enroll = https(json.path("enrollUrl").asString(""));
      Optional<URI> mqtt = https("https://" + json.path("mqtt").asString(""));
      Optional<List<X509Certificate>> roots =
          Pem.readCertificates(json.path("caPem").asString("")).filter(found -> !found.isEmpty());
      String pin = json.path("serverPin").asString("");
      if (id.isEmpty()
          || enroll.isEmpty()
          || mqtt.isEmpty()
          || mqtt.get().getPort() < 1
          || roots.isEmpty()
          || pin.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new ServerAddress(
              id.get(),
              pin,
              enroll.get(),
              mqtt.get().getHost(),
              mqtt.get().getPort(),
              new TrustedRoots(roots.get()).without(lists(json.path("caLists")))));
    }

    private static List<Bytes> lists(JsonNode array) {
      return array.values().stream()
          .limit(LISTS_MAX)
          .map(one -> one.asString(""))
          .filter(text -> text.length() <= LIST_CHARS_MAX)
          .flatMap(text -> Base64Text.parse(text).stream())
          .toList();
    }

    ObjectNode json() {
      ObjectNode object = JsonMapper.shared().createObjectNode();
      object.put("serverId", id.uri());
      object.put("serverPin", pin);
      object.put("enrollUrl", enroll.toString());
      object.put("mqtt", mqttHost + ":" + mqttPort);
      object.put("caPem", Pem.certificates(roots()));
      var lists = object.putArray("caLists");
      trust.lists().stream()
          .map(Base64Text::of)
          .filter(text -> text.length() <= LIST_CHARS_MAX)
          .limit(LISTS_MAX)
          .forEach(lists::add);
      return object;
    }

    private static Optional<URI> https(String text) {
      try {
        URI uri = new URI(text);
        return HttpsAddress.valid(uri) ? Optional.of(uri) : Optional.empty();
      } catch (java.net.URISyntaxException e) {
        return Optional.empty();
      }
    }
  }
}
