package io.telltale.dbpostgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where a PostgreSQL database is; no password and no parameters, so that it can be shown. */
public record PostgresUrl(String host, int port, String database) {
  private static final int PORT = 5432;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,63}");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

  /** What was written, or what is wrong with it. */
  public sealed interface Parsed {
    record Url(PostgresUrl url, Optional<String> user) implements Parsed {}

    record Mistake(String what) implements Parsed {}
  }

  /** Reads {@code [jdbc:]postgresql://[user@]host[:port]/database}. */
  public static Parsed parse(String text) {
    String bare = text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text;
    try {
      return parse(new URI(bare));
    } catch (URISyntaxException e) {
      return new Parsed.Mistake("is not of the form postgresql://host:port/database");
    }
  }

  private static Parsed parse(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    String name = path.startsWith("/") ? path.substring(1) : path;
    if (!"postgresql".equals(uri.getScheme())
        || uri.getHost() == null
        || !NAME.matcher(name).matches()) {
      return new Parsed.Mistake("is not of the form postgresql://host:port/database");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      return new Parsed.Mistake(
          "takes no parameters: there are database.user, database.password-file and"
              + " database.root-certificate");
    }
    String user = uri.getUserInfo();
    if (user != null && user.contains(":")) {
      return new Parsed.Mistake("must not have the password: put it into database.password-file");
    }
    int port = uri.getPort() < 0 ? PORT : uri.getPort();
    return new Parsed.Url(new PostgresUrl(uri.getHost(), port, name), Optional.ofNullable(user));
  }

  public String text() {
    return "postgresql://%s:%d/%s".formatted(host, port, database);
  }

  /** Whether what is said to it stays on this machine. */
  public boolean isLoopback() {
    return LOOPBACK.matcher(host).matches();
  }
}
