package io.telltale.device;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where waiting does not help: the server does not let this device in, or is another one.
 *
 * @param whole why, and what a person can do
 * @param brief why
 */
record LockedOut(String whole, String brief) {
  static final LockedOut NOT = new LockedOut("", "");

  /** By why a connection ended; empty for what can pass. */
  static Optional<LockedOut> by(String why, MqttPublisher.Session session) {
    String device = session.device().name();
    if (ServerTrust.isForeign(why)) {
      // What is said of a certificate does not say whose it is.
      InetSocketAddress server = session.server();
      String at = "%s:%d answers: %s".formatted(server.getHostString(), server.getPort(), why);
      return Optional.of(new LockedOut(at + ServerTrust.advice(device), at + "; tries again"));
    }
    return Withdrawn.advice(why, device)
        .map(advice -> new LockedOut(why + ": " + advice, why + "; tries again"));
  }
}
