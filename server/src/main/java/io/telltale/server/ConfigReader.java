package io.telltale.server;

import io.telltale.cli.EditDistance;
import io.telltale.dbpostgres.PostgresDatabase;
import io.telltale.dbpostgres.PostgresUrl;
import io.telltale.identity.CaToken;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.SpiffeId;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads the YAML file and the environment into a {@link Config}, and reports all mistakes at once.
 * {@code listen.mqtt} in the file is {@code TELLTALE_LISTEN_MQTT} in the environment.
 */
public final class ConfigReader {
  private static final String ENVIRONMENT_PREFIX = "TELLTALE_";
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern IPV4_ADDRESS = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  // The last label is not all digits (RFC 1123 section 2.1), so that no bad address is a name.
  private static final Pattern DNS_NAME = Pattern.compile("(" + LABEL + "\\.)*(?!\\d+$)" + LABEL);
  // No segment begins with a dot.
  private static final Pattern STATUS_PATH = Pattern.compile("(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*");
  private static final int DNS_NAME_MAX = 253;
  private static final int NAMES_MAX = 32;
  private static final long MEBIBYTE = 1L << 20;
  private static final List<String> TOKEN =
      List.of("pkcs11.library", "pkcs11.token", "pkcs11.pin-file");

  /** Every key there is, with its default. */
  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("trust-domain", "telltale.local"),
          Map.entry("listen.host", "0.0.0.0"),
          Map.entry("listen.names", "localhost, 127.0.0.1"),
          Map.entry("listen.mqtt", "8883"),
          Map.entry("listen.enroll", "9443"),
          Map.entry("listen.api", "8444"),
          Map.entry("listen.metrics", "9464"),
          Map.entry("limits.connections", "100000"),
          Map.entry("limits.handshakes", "512"),
          Map.entry("limits.handshakes-per-source", "200"),
          Map.entry("limits.in-flight-mib", "64"),
          Map.entry("disk.free-low-mib", "512"),
          Map.entry("disk.free-high-mib", "1024"),
          Map.entry("disk.set-aside-mib", "1024"),
          Map.entry("pipeline.commit-every-ms", "1000"),
          Map.entry("pipeline.commit-records", "20000"),
          Map.entry("watchdog.end-after-s", "60"),
          Map.entry("keys.passphrase-file", ""),
          Map.entry("certificates.status-url", ""),
          Map.entry("pkcs11.library", ""),
          Map.entry("pkcs11.token", ""),
          Map.entry("pkcs11.pin-file", ""),
          Map.entry("database.url", ""),
          Map.entry("database.user", "telltale"),
          Map.entry("database.password-file", ""),
          Map.entry("database.root-certificate", ""));

  private final Map<String, String> values = new TreeMap<>(DEFAULTS);
  private final Map<String, String> variables = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /** A configuration, or every reason why there is none. */
  public sealed interface Outcome {
    record Ready(Config config) implements Outcome {}

    record Mistakes(List<String> problems) implements Outcome {}
  }

  private ConfigReader() {}

  static Map<String, String> defaults() {
    return DEFAULTS;
  }

  public static Outcome read(Optional<Path> file, Map<String, String> environment, Path data) {
    var reader = new ConfigReader();
    file.ifPresent(reader::readFile);
    reader.readEnvironment(environment);
    Config config = reader.build(data);
    return reader.problems.isEmpty()
        ? new Outcome.Ready(config)
        : new Outcome.Mistakes(List.copyOf(reader.problems));
  }

  private void readFile(Path file) {
    try {
      // Of one that is empty, or all comment, nothing comes: no settings.
      JsonNode root = YAMLMapper.shared().readTree(Files.readString(file));
      if (YAMLMapper.shared().treeToValue(root, Object.class) instanceof Map<?, ?> map) {
        flatten("", map);
      } else if (!root.isMissingNode() && !root.isNull()) {
        problems.add(file + ": expected keys and values, for instance 'listen: {mqtt: 8883}'");
      }
    } catch (NoSuchFileException _) {
      problems.add("cannot read " + file + ": there is no such file");
    } catch (AccessDeniedException _) {
      problems.add("cannot read " + file + ": no permission");
    } catch (IOException e) {
      problems.add("cannot read " + file + ": " + e.getMessage());
    } catch (JacksonException e) {
      problems.add(file + " is not YAML: " + JsonProfile.reason(e));
    }
  }

  private void flatten(String prefix, Map<?, ?> map) {
    map.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> nested) {
            flatten(key + ".", nested);
          } else {
            set(key, String.valueOf(value));
          }
        });
  }

  private void readEnvironment(Map<String, String> environment) {
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX) && !name.equals("TELLTALE_DATA")) {
            String wanted = name.substring(ENVIRONMENT_PREFIX.length());
            DEFAULTS.keySet().stream()
                .filter(key -> environmentName(key).equals(wanted))
                .findFirst()
                .ifPresentOrElse(
                    key -> {
                      variables.put(key, name);
                      set(key, value);
                    },
                    () -> problems.add(unknownVariable(name, wanted)));
          }
        });
  }

  private static String unknownVariable(String name, String wanted) {
    return "unknown setting %s in the environment%s; all are in docs/operating.md"
        .formatted(
            name,
            nearest(wanted, DEFAULTS.keySet().stream().map(ConfigReader::environmentName))
                .map(known -> "; the nearest is " + ENVIRONMENT_PREFIX + known)
                .orElse(""));
  }

  // Where half of it would have to be another, the nearest is a guess that leads astray.
  private static Optional<String> nearest(String typed, Stream<String> known) {
    return known
        .filter(
            one -> one.contains(typed) || 2 * EditDistance.between(typed, one) <= typed.length())
        .min(Comparator.comparingInt(one -> EditDistance.between(typed, one)));
  }

  /** The variable of the environment that sets {@code key}. */
  static String variable(String key) {
    return ENVIRONMENT_PREFIX + environmentName(key);
  }

  private static String environmentName(String key) {
    return key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private void set(String key, String value) {
    if (!DEFAULTS.containsKey(key)) {
      problems.add(
          "unknown key '%s'%s; all are in docs/operating.md"
              .formatted(
                  key,
                  nearest(key, DEFAULTS.keySet().stream())
                      .map(known -> "; the nearest is " + known)
                      .orElse("")));
      return;
    }
    values.put(key, value.strip());
  }

  private Config build(Path data) {
    if (data.toString().isEmpty()) {
      problems.add(
          "the data folder's name is empty: name a folder with --data or TELLTALE_DATA (is a"
              + " variable of the command not set?)");
    }
    var ports =
        new Config.Ports(
            port("listen.mqtt"), port("listen.enroll"), port("listen.api"), port("listen.metrics"));
    var limits =
        new Config.Limits(
            (int) number("limits.connections", 1, 10_000_000),
            (int) number("limits.handshakes", 1, 10_000),
            (int) number("limits.handshakes-per-source", 1, 1_000_000),
            number("limits.in-flight-mib", 1, 16_384) * MEBIBYTE);
    var pipeline =
        new Config.PipelineSettings(
            Duration.ofMillis(number("pipeline.commit-every-ms", 50, 60_000)),
            (int) number("pipeline.commit-records", 1, 1_000_000));
    return new Config(
        data.toAbsolutePath().normalize(),
        trustDomain(),
        host(),
        names(),
        ports,
        limits,
        disk(),
        pipeline,
        Duration.ofSeconds(number("watchdog.end-after-s", 0, 86_400)),
        readable("keys.passphrase-file"),
        statusUrl(),
        database(),
        token());
  }

  private Config.Disk disk() {
    long low = number("disk.free-low-mib", 0, 1L << 30);
    long high = number("disk.free-high-mib", 0, 1L << 30);
    if (high < low) {
      problems.add("disk.free-high-mib must not be less than disk.free-low-mib");
    }
    long setAside = number("disk.set-aside-mib", 0, 1L << 30);
    return new Config.Disk(low * MEBIBYTE, high * MEBIBYTE, setAside * MEBIBYTE);
  }

  private String trustDomain() {
    String name = text("trust-domain");
    if (!SpiffeId.isTrustDomain(name)) {
      problems.add(named("trust-domain") + " must be 1 to 255 of a-z, 0-9, '.', '_', '-'");
    }
    return name;
  }

  private List<String> names() {
    List<String> names =
        Stream.of(text("listen.names").split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    List<String> wrong = names.stream().filter(name -> !isName(name)).toList();
    if (names.isEmpty() || names.size() > NAMES_MAX || !wrong.isEmpty()) {
      problems.add(
          "%s must be 1 to %d DNS names or IPv4 addresses, not %s"
              .formatted(
                  named("listen.names"),
                  NAMES_MAX,
                  wrong.isEmpty() ? names.size() : "'" + String.join("', '", wrong) + "'"));
    }
    return names;
  }

  private static boolean isName(String name) {
    return IPV4_ADDRESS.matcher(name).matches()
        || (name.length() <= DNS_NAME_MAX && DNS_NAME.matcher(name).matches());
  }

  // It stays in certificates for as long as they last.
  private Optional<String> statusUrl() {
    if (text("certificates.status-url").isEmpty()) {
      return Optional.empty();
    }
    String url = text("certificates.status-url").replaceFirst("/+$", "");
    if (!isStatusUrl(url)) {
      problems.add(
          named("certificates.status-url")
              + " must be like http://pki.example or http://pki.example:8080/status");
    }
    return Optional.of(url);
  }

  // Plain HTTP, too: what is served there is signed, and to check the certificate of an https place
  // whoever checks one would need another (RFC 5280 section 8).
  private static boolean isStatusUrl(String url) {
    try {
      var uri = new URI(url);
      boolean port = uri.getPort() == -1 || (uri.getPort() >= 1 && uri.getPort() <= 65_535);
      return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && isName(uri.getHost())
          && port
          && STATUS_PATH.matcher(uri.getRawPath()).matches()
          && url.equals(
              "%s://%s%s%s"
                  .formatted(
                      uri.getScheme(),
                      uri.getHost(),
                      uri.getPort() == -1 ? "" : ":" + uri.getPort(),
                      uri.getRawPath()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private Path readable(String key) {
    String name = text(key);
    if (!name.isEmpty() && !Files.isReadable(Path.of(name))) {
      problems.add(
          "%s: cannot read %s: %s"
              .formatted(
                  named(key),
                  name,
                  Files.exists(Path.of(name)) ? "no permission" : "there is no such file"));
    }
    return Path.of(name);
  }

  private Optional<PostgresDatabase> database() {
    Optional<Path> password = given("database.password-file");
    Optional<Path> root = given("database.root-certificate");
    if (text("database.url").isEmpty()) {
      return Optional.empty();
    }
    return switch (PostgresUrl.parse(text("database.url"))) {
      case PostgresUrl.Parsed.Url(PostgresUrl url, Optional<String> user) ->
          Optional.of(
              new PostgresDatabase(url, user.orElse(text("database.user")), password, root));
      // What was written is not repeated: it may have a password.
      case PostgresUrl.Parsed.Mistake(String what) -> {
        problems.add(named("database.url") + " " + what);
        yield Optional.empty();
      }
    };
  }

  private Optional<CaToken.Place> token() {
    List<String> missing = TOKEN.stream().filter(key -> text(key).isEmpty()).toList();
    if (missing.size() == TOKEN.size()) {
      return Optional.empty();
    }
    if (!missing.isEmpty()) {
      problems.add(
          "%s is not set, and %s go together"
              .formatted(missing.getFirst(), String.join(", ", TOKEN)));
    }
    return Optional.of(
        new CaToken.Place(
            readable("pkcs11.library"), text("pkcs11.token"), readable("pkcs11.pin-file")));
  }

  private Optional<Path> given(String key) {
    return text(key).isEmpty() ? Optional.empty() : Optional.of(readable(key));
  }

  private int port(String key) {
    return (int) number(key, 0, 65_535);
  }

  private long number(String key, long min, long max) {
    String value = text(key);
    try {
      long number = Long.parseLong(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below together with numbers out of range.
    }
    problems.add(
        "%s must be an integer in [%d, %d], not '%s'".formatted(named(key), min, max, value));
    return min;
  }

  private String host() {
    String host = text("listen.host");
    if (host.matches("[0-9.]+") && !IPV4_ADDRESS.matcher(host).matches()) {
      problems.add(
          "%s must be an address of this machine, not '%s'".formatted(named("listen.host"), host));
    }
    return host;
  }

  /** As whoever has to mend it finds it. */
  private String named(String key) {
    String variable = variables.get(key);
    return variable == null ? key : key + " (" + variable + " in the environment)";
  }

  private String text(String key) {
    return values.getOrDefault(key, "");
  }
}
