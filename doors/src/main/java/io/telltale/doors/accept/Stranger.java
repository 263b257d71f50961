package io.telltale.doors.accept;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/** One accepted connection, as the {@link AcceptGate} counts it. */
public final class Stranger {
  static final AttributeKey<Stranger> KEY = AttributeKey.valueOf(Stranger.class, "stranger");

  private final AcceptGate gate;
  private final Channel channel;
  private final StrangerSource source;
  private final long sinceNanos;
  private volatile boolean served;
  private volatile boolean known;

  Stranger(AcceptGate gate, Channel channel, StrangerSource source, long sinceNanos) {
    this.gate = gate;
    this.channel = channel;
    this.source = source;
    this.sinceNanos = sinceNanos;
  }

  /** Null in a pipeline without a gate, as tests have. */
  public static @Nullable Stranger of(Channel channel) {
    return channel.attr(KEY).get();
  }

  /**
   * The peer has shown who it is: its place is free for the next. False when there are too many
   * such already.
   */
  public boolean introduce() {
    known = gate.claimKnown();
    if (known) {
      gate.onAcceptor(() -> gate.left(this));
    }
    return known;
  }

  boolean isKnown() {
    return known;
  }

  /** Whether we are at work for it: its slowness is ours. */
  public void served(boolean now) {
    served = now;
  }

  public boolean isServed() {
    return served;
  }

  Channel channel() {
    return channel;
  }

  StrangerSource source() {
    return source;
  }

  long sinceNanos() {
    return sinceNanos;
  }
}
