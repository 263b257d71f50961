package io.telltale.doors.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.telltale.doors.AcceptLimits;
import io.telltale.doors.Cause;
import io.telltale.kernel.Counters;
import io.telltale.kernel.SourceBlock;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what strangers can cost, and never stops accepting because of one of them: each source has
 * a share of the places, what it opens beyond that waits for its own, and when all places are taken
 * the slowest of the source with most gives way. Sits in the listening channel; its state is the
 * acceptor loop's.
 */
@Sharable
public final class AcceptGate extends ChannelInboundHandlerAdapter {
  private static final int SOURCES_MAX = 16_384;
  private static final int LOOK_MILLIS = 100;

  private final AcceptLimits limits;
  private final Counters counters;
  private final LongSupplier nanoTime;
  private final Map<SourceBlock, StrangerSource> sources = new HashMap<>();
  // Those with something open or waiting: all that a search ever looks at.
  private final Set<StrangerSource> active = new LinkedHashSet<>();
  private final AtomicInteger known = new AtomicInteger();
  private final AtomicInteger strangers = new AtomicInteger();
  private final AtomicBoolean turnedAway = new AtomicBoolean();
  private @Nullable ChannelHandlerContext listening;
  private @Nullable ScheduledFuture<?> looking;
  private int waiting;
  private int open;

  AcceptGate(AcceptLimits limits, Counters counters, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.counters = counters;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    listening = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    Channel channel = (Channel) accepted;
    long now = nanoTime.getAsLong();
    StrangerSource source =
        channel.remoteAddress() instanceof InetSocketAddress socket
            ? source(SourceBlock.of(socket.getAddress()), now)
            : null;
    if (source == null
        || open >= limits.connectionsMax()
        || !source.mayAccept(limits.handshakesPerSourcePerSecond(), now)) {
      refuse(channel);
      return;
    }
    open++;
    waiting++;
    source.waiting.add(new StrangerSource.Waiting(channel, now));
    active.add(source);
    startWaiting(source, now);
    if (waiting > limits.waitingMax()) {
      turnNewestAway();
    }
    lookAgain();
  }

  private void refuse(Channel channel) {
    counters.count("handshakes", Cause.TOO_MANY.label());
    channel.unsafe().closeForcibly();
  }

  /** Starts as many of the source's connections as there are places for them. */
  private void startWaiting(StrangerSource source, long now) {
    int perSecond = limits.handshakesPerSourcePerSecond();
    while (!source.waiting.isEmpty() && source.mayStart(perSecond, now) && hasPlace(source, now)) {
      source.started();
      Channel channel = source.waiting.remove().channel();
      waiting--;
      var stranger = new Stranger(this, channel, source, now);
      channel.attr(Stranger.KEY).set(stranger);
      channel.closeFuture().addListener(done -> onAcceptor(() -> closed(stranger)));
      source.strangers.add(stranger);
      strangers.incrementAndGet();
      if (listening != null) {
        listening.fireChannelRead(channel);
      }
    }
  }

  private boolean hasPlace(StrangerSource source, long now) {
    int own = source.strangers.size();
    if (own >= limits.strangersPerSourceMax()) {
      return shedSlowest(source, now, limits.patience().toNanos());
    }
    if (strangers.get() < limits.strangersMax()) {
      return true;
    }
    StrangerSource largest = largest();
    // Who has as many as anybody waits like anybody; a quick handshake is never cut.
    return largest.strangers.size() > own + 1
        ? shedSlowest(largest, now, limits.patience().toNanos() / 4)
        : shedAged(now);
  }

  /** The oldest of all that is older than patience, whoever has it. */
  private boolean shedAged(long now) {
    long patience = limits.patience().toNanos();
    return active.stream()
        .map(one -> one.slowest(now, patience))
        .filter(Objects::nonNull)
        .max(Comparator.comparingLong(one -> now - one.sinceNanos()))
        .map(this::shed)
        .orElse(false);
  }

  private boolean shedSlowest(StrangerSource source, long now, long patienceNanos) {
    Stranger slowest = source.slowest(now, patienceNanos);
    return slowest != null && shed(slowest);
  }

  private boolean shed(Stranger slowest) {
    counters.count("connections.shed", "slow");
    free(slowest);
    slowest.channel().close();
    return true;
  }

  private StrangerSource largest() {
    return active.stream().max(Comparator.comparingInt(one -> one.strangers.size())).orElseThrow();
  }

  private void turnNewestAway() {
    active.stream()
        .max(Comparator.comparingInt(one -> one.waiting.size()))
        .ifPresent(most -> turnAway(most, most.waiting.removeLast()));
  }

  private void turnAway(StrangerSource source, StrangerSource.Waiting one) {
    waiting--;
    open--;
    refuse(one.channel());
    forget(source);
  }

  private void forget(StrangerSource source) {
    if (source.idle()) {
      active.remove(source);
    }
  }

  // While somebody waits the places are looked at again and again: who is slow loses its own.
  private void lookAgain() {
    ChannelHandlerContext ctx = listening;
    if (waiting > 0 && looking == null && ctx != null && !ctx.executor().isShuttingDown()) {
      looking = ctx.executor().schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    looking = null;
    long now = nanoTime.getAsLong();
    for (StrangerSource source : waitingSources()) {
      dropTired(source, now);
      startWaiting(source, now);
    }
    lookAgain();
  }

  private List<StrangerSource> waitingSources() {
    var found = new ArrayList<StrangerSource>();
    for (StrangerSource source : active) {
      if (!source.waiting.isEmpty()) {
        found.add(source);
      }
    }
    // Who has least open comes first.
    found.sort(Comparator.comparingInt(one -> one.strangers.size()));
    return found;
  }

  private void dropTired(StrangerSource source, long now) {
    StrangerSource.Waiting first = source.waiting.peek();
    while (first != null && now - first.sinceNanos() > limits.handshakeMax().toNanos()) {
      turnAway(source, source.waiting.remove());
      first = source.waiting.peek();
    }
  }

  /** Claims a place among those that have shown who they are. From any thread. */
  boolean claimKnown() {
    if (known.incrementAndGet() <= limits.knownMax()) {
      return true;
    }
    known.decrementAndGet();
    turnedAway.set(true);
    counters.count("handshakes", Cause.FULL.label());
    return false;
  }

  /** Open connections of peers that have shown who they are. */
  public int known() {
    return known.get();
  }

  /** Whether one was turned away since the last look since there was no place left. */
  public boolean wasFull() {
    return turnedAway.getAndSet(false);
  }

  /** {@code stranger} takes none of the strangers' places any more. */
  void left(Stranger stranger) {
    free(stranger);
    if (waiting > 0) {
      startNext(stranger.source());
    }
  }

  private void free(Stranger stranger) {
    if (stranger.source().strangers.remove(stranger)) {
      strangers.decrementAndGet();
      forget(stranger.source());
    }
  }

  private void startNext(StrangerSource first) {
    long now = nanoTime.getAsLong();
    startWaiting(first, now);
    for (StrangerSource source : waitingSources()) {
      if (strangers.get() >= limits.strangersMax()) {
        return;
      }
      startWaiting(source, now);
    }
  }

  private void closed(Stranger stranger) {
    open--;
    if (stranger.isKnown()) {
      known.decrementAndGet();
    }
    left(stranger);
  }

  public int strangers() {
    return strangers.get();
  }

  void onAcceptor(Runnable task) {
    ChannelHandlerContext ctx = listening;
    if (ctx != null && !ctx.executor().isShuttingDown()) {
      ctx.executor().execute(task);
    }
  }

  private StrangerSource source(SourceBlock block, long now) {
    StrangerSource source = sources.get(block);
    if (source == null) {
      if (sources.size() >= SOURCES_MAX) {
        // There are far fewer places than sources remembered, so that most have nothing open.
        sources.values().removeIf(StrangerSource::idle);
      }
      source = new StrangerSource(now);
      sources.put(block, source);
    }
    return source;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    for (StrangerSource source : active) {
      source.waiting.forEach(one -> one.channel().unsafe().closeForcibly());
      open -= source.waiting.size();
      source.waiting.clear();
    }
    waiting = 0;
    ctx.fireChannelInactive();
  }

  // A temporary fault of accepting (too many open files) must not end the listener.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    counters.count("accept", "failed");
    ctx.fireExceptionCaught(cause);
  }
}
