package io.telltale.doors.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.telltale.doors.HttpLimits;
import io.telltale.doors.HttpParts;
import io.telltale.doors.accept.FailureText;
import io.telltale.doors.accept.HeldGauge;
import io.telltale.doors.accept.Holding;
import io.telltale.doors.accept.Stranger;
import io.telltale.http.HttpExchange;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP connection: one request at a time is handled, on a virtual thread; while it is, the
 * socket is not read. Whatever a peer does not do in time ends the connection.
 */
public final class HttpHandler extends ChannelInboundHandlerAdapter implements Holding {
  private static final System.Logger LOG = System.getLogger(HttpHandler.class.getName());
  private static final int PIPELINED_MAX = 16;
  private static final int DRAIN_MILLIS = 1_000;
  private static final Duration ANSWER_MAX = Duration.ofSeconds(60);

  private final HttpParts parts;
  private final HttpLimits limits;
  private final HandlerSlots slots;
  private final Holding reader;
  private final ArrayDeque<Incoming> waiting = new ArrayDeque<>(2);
  private @Nullable ScheduledFuture<?> deadline;
  private @Nullable HeldGauge gauge;
  private int waitingBytes;
  private boolean handling;

  public HttpHandler(HttpParts parts, HttpLimits limits, HandlerSlots slots, Holding reader) {
    this.parts = parts;
    this.limits = limits;
    this.slots = slots;
    this.reader = reader;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    gauge = HeldGauge.add(ctx.channel(), this);
    startDeadline(ctx, limits.requestMax());
  }

  @Override
  public int heldBytes() {
    return reader.heldBytes() + waitingBytes;
  }

  // One deadline from "a request may come" to "it has come whole": ends idle connections and those
  // that drip bytes. Another one from the answer to its last byte: ends those that do not read it.
  private void startDeadline(ChannelHandlerContext ctx, Duration wait) {
    stopDeadline();
    if (!ctx.channel().isActive()) {
      // Left while its request was handled: nothing to wait for, and no time-out of a peer's.
      return;
    }
    deadline =
        ctx.executor()
            .schedule(
                () -> {
                  parts.counters().count("http." + parts.name(), "timeout");
                  ctx.close();
                },
                wait.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  private void stopDeadline() {
    ScheduledFuture<?> running = deadline;
    if (running != null) {
      running.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (!(read instanceof Incoming incoming)) {
      throw new IllegalStateException("the reader hands on requests only");
    }
    if (waiting.size() >= PIPELINED_MAX) {
      ctx.close();
      return;
    }
    waiting.add(incoming);
    waitingBytes += bytes(incoming);
    ctx.channel().config().setAutoRead(false);
    if (!handling) {
      next(ctx);
    }
  }

  private static int bytes(Incoming incoming) {
    return incoming instanceof Incoming.Whole whole ? whole.bodyBytes() : 0;
  }

  private void next(ChannelHandlerContext ctx) {
    Incoming incoming = waiting.poll();
    handling = incoming != null;
    Stranger stranger = Stranger.of(ctx.channel());
    if (stranger != null) {
      stranger.served(handling);
    }
    if (incoming == null) {
      startDeadline(ctx, limits.requestMax());
      ctx.channel().config().setAutoRead(true);
      return;
    }
    stopDeadline();
    waitingBytes -= bytes(incoming);
    if (gauge != null) {
      gauge.look();
    }
    switch (incoming) {
      case Incoming.Whole whole -> begin(ctx, whole);
      case Incoming.Malformed _ -> {
        parts.counters().count("http." + parts.name(), "malformed");
        answer(ctx, HttpExchange.Response.text(400, "malformed request"), false);
      }
      case Incoming.TooLarge(int bytesMax) -> refuseTooLarge(ctx, bytesMax);
    }
  }

  private void begin(ChannelHandlerContext ctx, Incoming.Whole whole) {
    if (!slots.tryEnter(whole.bodyBytes())) {
      answer(ctx, busy(), whole.keepAlive());
      return;
    }
    try {
      Thread.ofVirtual().name("http-" + parts.name()).start(() -> handle(ctx, whole));
    } catch (OutOfMemoryError e) {
      // No thread, no answer: the place is given back and the peer tries again.
      slots.leave(whole.bodyBytes());
      ctx.close();
    }
  }

  // What the peer still sends is read and dropped for a moment: closing on unread bytes resets the
  // connection, and the peer may never see the answer.
  private void refuseTooLarge(ChannelHandlerContext ctx, int bytesMax) {
    parts.counters().count("http." + parts.name(), "too-large");
    String why = "the body is too large: send at most %d bytes".formatted(bytesMax);
    var _ = write(ctx, HttpExchange.Response.text(413, why), false);
    deadline = ctx.executor().schedule(() -> ctx.close(), DRAIN_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().config().setAutoRead(true);
  }

  private static HttpExchange.Response busy() {
    return new HttpExchange.Response(503, Map.of("retry-after", "1"), Bytes.EMPTY);
  }

  private void handle(ChannelHandlerContext ctx, Incoming.Whole whole) {
    HttpExchange.Response response;
    try {
      response = parts.handler().handle(whole.request());
    } catch (RuntimeException | Error e) {
      // An Error, too: whatever broke, the peer gets its answer and the connection goes on or ends.
      parts.counters().count("http." + parts.name(), "failed");
      LOG.log(
          System.Logger.Level.ERROR,
          "http.failed listener={0} why={1}",
          parts.name(),
          FailureText.of(e));
      response = HttpExchange.Response.text(500, "internal error");
    } finally {
      slots.leave(whole.bodyBytes());
    }
    HttpExchange.Response answer = response;
    try {
      ctx.executor().execute(() -> answer(ctx, answer, whole.keepAlive()));
    } catch (RejectedExecutionException e) {
      // The loop has ended, and the connection with it.
      parts.counters().count("http." + parts.name(), "unanswered");
    }
  }

  private void answer(
      ChannelHandlerContext ctx, HttpExchange.Response response, boolean keepAlive) {
    startDeadline(ctx, ANSWER_MAX);
    write(ctx, response, keepAlive)
        .addListener(
            written -> {
              if (keepAlive && written.isSuccess()) {
                next(ctx);
              } else {
                ctx.close();
              }
            });
  }

  private ChannelFuture write(
      ChannelHandlerContext ctx, HttpExchange.Response response, boolean keepAlive) {
    parts.counters().count("http." + parts.name(), response.status() / 100 + "xx");
    return AnswerPieces.write(ctx, response, keepAlive);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopDeadline();
    waiting.clear();
    waitingBytes = 0;
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      parts.counters().count("http." + parts.name(), "broken");
    }
    ctx.close();
  }
}
