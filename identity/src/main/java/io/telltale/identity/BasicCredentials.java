package io.telltale.identity;

import io.telltale.http.HttpExchange.Request;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** A device's id and its one-time token as HTTP Basic carries them (RFC 7617). */
final class BasicCredentials {
  private static final String SCHEME = "basic ";
  private static final int HEADER_MAX = 512;
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{20,128}");

  private final DeviceId device;
  private final String token;

  private BasicCredentials(DeviceId device, String token) {
    this.device = device;
    this.token = token;
  }

  DeviceId device() {
    return device;
  }

  String token() {
    return token;
  }

  @Override
  public String toString() {
    return device + " with a token";
  }

  /** Empty when there is none or it is not of the form; {@code tenant} is the listener's. */
  static Optional<BasicCredentials> of(Request request, TenantId tenant) {
    Optional<String> header = request.header("authorization");
    if (header.isEmpty()
        || header.get().length() > HEADER_MAX
        || !header.get().toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return Optional.empty();
    }
    return Base64Text.parseWrapped(header.get().substring(SCHEME.length()))
        .flatMap(text -> split(text.asUtf8(), tenant));
  }

  private static Optional<BasicCredentials> split(String text, TenantId tenant) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    String user = text.substring(0, colon);
    String token = text.substring(colon + 1);
    return DeviceId.valid(user) && TOKEN.matcher(token).matches()
        ? Optional.of(new BasicCredentials(new DeviceId(tenant, user), token))
        : Optional.empty();
  }
}
