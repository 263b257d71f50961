package io.telltale.doors.http;

import io.netty.channel.Channel;
import io.telltale.doors.LiveSession;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import io.telltale.doors.accept.Stranger;
import io.telltale.roster.Identity;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** An HTTP connection of somebody: ends when its owner may not connect any more. */
public final class HttpSession implements LiveSession {
  private final Channel channel;
  private final PeerCheck check;
  private final List<X509Certificate> chain;
  private final Identity identity;

  public HttpSession(
      Channel channel, PeerCheck check, List<X509Certificate> chain, Identity identity) {
    this.channel = channel;
    this.check = check;
    this.chain = chain;
    this.identity = identity;
  }

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public CompletableFuture<Boolean> refresh() {
    return check.again(chain) instanceof PeerVerdict.Accepted
        ? CompletableFuture.completedFuture(false)
        : cut();
  }

  private CompletableFuture<Boolean> cut() {
    var closed = new CompletableFuture<Boolean>();
    channel.close().addListener(done -> closed.complete(true));
    return closed;
  }

  @Override
  public boolean isSpare() {
    Stranger stranger = Stranger.of(channel);
    return stranger == null || !stranger.isServed();
  }

  @Override
  public void giveWay() {
    channel.close();
  }

  /** A person may have several connections. */
  @Override
  public boolean takenOver(long serial) {
    return true;
  }

  @Override
  public boolean live() {
    return channel.isActive();
  }
}
