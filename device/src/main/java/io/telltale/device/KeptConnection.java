package io.telltale.device;

import io.netty.handler.ssl.SslContext;
import io.telltale.device.MqttPublisher.Session;
import io.telltale.device.MqttPublisher.Shared;
import io.telltale.kernel.DeviceId;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device's connection to its server, made again by itself whenever it ends. Everything runs on
 * the timer thread; what it says of itself may be read on any.
 */
final class KeptConnection {
  private static final String CONNECTED = "connected";

  private final MqttConnector connector;
  private final ScheduledExecutorService timer;
  private final Backoff backoff;
  private final Runnable ready;
  private Session session;
  private @Nullable MqttConnection current;
  private @Nullable Future<?> retry;
  private boolean stopped;
  private volatile String state = "new";
  private volatile LockedOut lockedOut = LockedOut.NOT;

  /**
   * @param ready run for each connection once it is there, before anything of how it ends
   */
  KeptConnection(Session session, Shared shared, Runnable ready) {
    this.session = session;
    this.connector = shared.connector();
    this.timer = shared.timer();
    this.backoff = new Backoff(shared.jitter());
    this.ready = ready;
  }

  DeviceId device() {
    return session.device();
  }

  /** The connection that is there, if one is. */
  @Nullable MqttConnection current() {
    return current;
  }

  boolean isStopped() {
    return stopped;
  }

  /** What it is doing, for people. */
  String state() {
    return state;
  }

  boolean isConnected() {
    return state.equals(CONNECTED);
  }

  /** Why the server does not let this device in, where a person has to act. */
  Optional<LockedOut.Words> lockedOut() {
    return lockedOut.words();
  }

  /** See {@link MqttPublisher#reconnect}. */
  void reconnect(InetSocketAddress server, SslContext tls) {
    session = new Session(server, tls, session.device());
    // What was said and waited for concerned the one before.
    lockedOut = LockedOut.NOT;
    backoff.forget();
    if (current != null) {
      current.close();
    } else if (retry != null) {
      retry.cancel(false);
      connect();
    }
  }

  void close() {
    stopped = true;
    state = "closed";
    if (current != null) {
      current.close();
    }
  }

  /** The first time; from then on by itself until {@link #close}. */
  void connect() {
    if (stopped) {
      return;
    }
    retry = null;
    state = "connecting";
    Session asked = session;
    connector
        .connect(asked.server(), asked.tls(), asked.device().name())
        .thenAcceptAsync(outcome -> connected(asked, outcome), timer);
  }

  private void connected(Session asked, Connected outcome) {
    boolean replaced = !asked.equals(session);
    if (replaced && !stopped) {
      if (outcome instanceof Connected.Ready(MqttConnection late)) {
        late.close();
      }
      connect();
      return;
    }
    switch (outcome) {
      case Connected.Ready(MqttConnection connection) -> ready(connection);
      case Connected.Refused(int code, String reason) ->
          failed("refused: 0x%02x %s".formatted(code, reason));
      case Connected.Foreign(String why) -> retryLater(why, lockedOut.afterForeign(why, session));
      case Connected.Failed(String why) -> failed(why);
    }
  }

  private void ready(MqttConnection connection) {
    if (stopped) {
      connection.close();
      return;
    }
    current = connection;
    backoff.forget();
    lockedOut = LockedOut.NOT;
    state = CONNECTED;
    connection.closed().thenAcceptAsync(why -> lost(connection, why), timer);
    ready.run();
  }

  private void lost(MqttConnection ended, String why) {
    if (current == ended) {
      current = null;
      failed(why);
    }
  }

  private void failed(String why) {
    retryLater(why, lockedOut.after(why, session));
  }

  private void retryLater(String why, LockedOut found) {
    if (stopped) {
      return;
    }
    state = why + "; tries again";
    lockedOut = found;
    retry = timer.schedule(this::connect, backoff.nextMillis(), TimeUnit.MILLISECONDS);
  }
}
