package io.telltale.doors.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.ReferenceCountUtil;
import io.telltale.doors.Cause;
import io.telltale.doors.ClientCertificate;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import io.telltale.doors.accept.Stranger;
import io.telltale.kernel.Counters;
import io.telltale.kernel.SpiffeId;
import io.telltale.roster.Identity;
import java.nio.channels.ClosedChannelException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Stands behind the TLS handler until the handshake is over: counts every failure by cause, asks
 * the listener's check again (a resumed session never asked the trust manager), and only then lets
 * the protocol in.
 */
public final class TlsGate extends ChannelInboundHandlerAdapter {
  private final ClientCertificate wanted;
  private final PeerCheck check;
  private final Counters counters;
  private final Entry entry;

  /** What becomes of a peer behind the handshake. */
  @FunctionalInterface
  public interface Entry {
    /** Puts the protocol's handlers into the pipeline of a peer that was let in. */
    void enter(ChannelHandlerContext ctx, Peer peer);

    /** One that showed a certificate of {@code known} was not. */
    default void refused(Cause cause, SpiffeId known) {}
  }

  /** Who is on the other side. */
  public record Peer(List<X509Certificate> chain, PeerVerdict.Accepted verdict) {}

  public TlsGate(ClientCertificate wanted, PeerCheck check, Counters counters, Entry entry) {
    this.wanted = wanted;
    this.check = check;
    this.counters = counters;
    this.entry = entry;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent completion)) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    if (completion.isSuccess()) {
      decide(ctx);
    } else {
      refuse(ctx, refusal(completion.cause()));
    }
  }

  private void decide(ChannelHandlerContext ctx) {
    List<X509Certificate> chain = peerChain(ctx);
    PeerVerdict verdict;
    if (!chain.isEmpty()) {
      verdict = check.again(chain);
    } else if (wanted == ClientCertificate.REQUIRED) {
      verdict = new PeerVerdict.Refused(Cause.NO_CERTIFICATE);
    } else {
      verdict = new PeerVerdict.Accepted(Optional.empty());
    }
    switch (verdict) {
      case PeerVerdict.Refused refused -> refuse(ctx, refused);
      case PeerVerdict.Accepted accepted -> {
        // Who shows no identity of its own stays a stranger for as long as it is connected.
        Optional<Identity> known = accepted.identity();
        if (known.isPresent() && !introduce(ctx)) {
          // It is counted where the places are.
          entry.refused(Cause.FULL, known.get().id());
          ctx.close();
          return;
        }
        counters.count("handshakes", "accepted");
        entry.enter(ctx, new Peer(chain, accepted));
        ctx.pipeline().remove(this);
      }
    }
  }

  private static boolean introduce(ChannelHandlerContext ctx) {
    Stranger stranger = Stranger.of(ctx.channel());
    return stranger == null || stranger.introduce();
  }

  private static List<X509Certificate> peerChain(ChannelHandlerContext ctx) {
    var chain = new ArrayList<X509Certificate>(2);
    try {
      var session = ctx.pipeline().get(SslHandler.class).engine().getSession();
      for (Certificate certificate : session.getPeerCertificates()) {
        if (certificate instanceof X509Certificate x509) {
          chain.add(x509);
        }
      }
    } catch (SSLPeerUnverifiedException e) {
      return List.of();
    }
    return chain;
  }

  private void refuse(ChannelHandlerContext ctx, PeerVerdict.Refused refused) {
    counters.count("handshakes", refused.cause().label());
    refused.known().ifPresent(known -> entry.refused(refused.cause(), known));
    ctx.close();
  }

  private static PeerVerdict.Refused refusal(Throwable failure) {
    PeerVerdict.Refused why = refusal(failure, 0);
    return why == null ? new PeerVerdict.Refused(cause(failure)) : why;
  }

  private static Cause cause(Throwable failure) {
    if (failure instanceof SslHandshakeTimeoutException) {
      return Cause.TIMEOUT;
    }
    if (failure instanceof ClosedChannelException) {
      return Cause.CLOSED_BY_PEER;
    }
    String message = String.valueOf(failure.getMessage());
    // The engines have no code for it, only these words (BoringSSL, then JSSE).
    return message.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")
            || message.contains("Empty client certificate chain")
        ? Cause.NO_CERTIFICATE
        : Cause.PROTOCOL_ERROR;
  }

  private static PeerVerdict.@Nullable Refused refusal(@Nullable Throwable failure, int depth) {
    if (failure == null || depth > 8) {
      return null;
    }
    if (failure instanceof IdentityTrustManager.RefusedPeer refused) {
      return refused.verdict();
    }
    for (Throwable suppressed : failure.getSuppressed()) {
      PeerVerdict.Refused why = refusal(suppressed, depth + 1);
      if (why != null) {
        return why;
      }
    }
    return refusal(failure.getCause(), depth + 1);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // Nothing of the protocol may pass before the decision.
    if (message instanceof ByteBuf) {
      ReferenceCountUtil.release(message);
      return;
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Counted at the handshake's completion; the peer learns no more than its TLS alert.
    ctx.close();
  }
}
