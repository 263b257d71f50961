package io.telltale.kernel;

import java.net.URI;

/** Where a secret may go: a host, over https. */
public final class HttpsAddress {
  /** What {@link #valid} takes, for people. */
  public static final String FORM = "must be https://HOST:PORT, with a port from 1 to 65535";

  private static final int PORT_NONE = -1;
  private static final int PORT_MAX = 65_535;

  private HttpsAddress() {}

  /** Also without a port, which then is that of https. */
  public static boolean valid(URI address) {
    int port = address.getPort();
    return "https".equals(address.getScheme())
        && address.getHost() != null
        && (port == PORT_NONE || (port > 0 && port <= PORT_MAX));
  }
}
