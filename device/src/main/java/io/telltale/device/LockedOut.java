package io.telltale.device;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where waiting does not help: the server does not let this device in, or is another one.
 *
 * @param refused what the server said; it stays until the server lets the device in, since the next
 *     try may only see that the connection was closed
 * @param foreign that another one answered; a verdict on the last try only, since whoever stands
 *     between here and the server may be gone by the next
 */
record LockedOut(Optional<Words> refused, Optional<Words> foreign) {
  static final LockedOut NOT = new LockedOut(Optional.empty(), Optional.empty());

  /**
   * @param whole why, and what a person can do
   * @param brief why
   */
  record Words(String whole, String brief) {}

  /** What holds once somebody of other roots has answered: {@code why}, of the certificate. */
  LockedOut afterForeign(String why, MqttPublisher.Session session) {
    // What is said of a certificate does not say whose it is.
    InetSocketAddress server = session.server();
    String at = "%s:%d answers: %s".formatted(server.getHostString(), server.getPort(), why);
    String advice = ServerTrust.advice(session.device().name());
    return new LockedOut(refused, Optional.of(new Words(at + advice, at + "; tries again")));
  }

  /** What holds once a try or a session has ended by {@code why}, as our own server says it. */
  LockedOut after(String why, MqttPublisher.Session session) {
    String device = session.device().name();
    Optional<Words> said =
        Withdrawn.advice(why, device)
            .map(advice -> new Words(why + ": " + advice, why + "; tries again"));
    return new LockedOut(said.or(() -> refused), Optional.empty());
  }

  /** What is to be said; empty where nobody is locked out. */
  Optional<Words> words() {
    return foreign.or(() -> refused);
  }
}
