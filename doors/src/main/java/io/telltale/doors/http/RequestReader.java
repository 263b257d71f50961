package io.telltale.doors.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.telltale.doors.accept.Holding;
import io.telltale.kernel.Bytes;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts requests together, on the heap and no larger than what their route takes: the head decides,
 * before any of the body is read.
 */
public final class RequestReader extends ChannelInboundHandlerAdapter implements Holding {
  private static final int BODY_BYTES_FIRST = 4_096;
  private static final byte[] NOTHING = new byte[0];

  private final ToIntFunction<RequestHead> bodyBytesMax;
  private final List<X509Certificate> chain;
  private @Nullable RequestHead head;
  private byte[] body = NOTHING;
  private int size;
  private int bytesMax;
  private boolean over;

  public RequestReader(ToIntFunction<RequestHead> bodyBytesMax, List<X509Certificate> chain) {
    this.bodyBytesMax = bodyBytesMax;
    this.chain = chain;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    try {
      if (!over && read instanceof HttpRequest request) {
        begin(ctx, request);
      }
      if (!over && read instanceof HttpContent content) {
        append(ctx, content);
      }
    } finally {
      ReferenceCountUtil.release(read);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    Optional<RequestHead> understood = RequestHead.of(request, chain);
    if (understood.isEmpty()) {
      end(ctx, new Incoming.Malformed());
      return;
    }
    RequestHead now = understood.get();
    head = now;
    bytesMax = bodyBytesMax.applyAsInt(now);
    if (HttpUtil.getContentLength(request, 0L) > bytesMax) {
      end(ctx, new Incoming.TooLarge(bytesMax));
    } else if (now.expectsContinue()) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER),
          ctx.voidPromise());
    }
  }

  private void append(ChannelHandlerContext ctx, HttpContent content) {
    RequestHead now = head;
    if (now == null || content.decoderResult().isFailure()) {
      end(ctx, new Incoming.Malformed());
      return;
    }
    ByteBuf more = content.content();
    if (more.readableBytes() > bytesMax - size) {
      end(ctx, new Incoming.TooLarge(bytesMax));
      return;
    }
    take(more);
    if (content instanceof LastHttpContent) {
      Bytes whole = Bytes.adopt(size == body.length ? body : Arrays.copyOf(body, size));
      forget();
      ctx.fireChannelRead(now.with(whole, ctx.channel()));
    }
  }

  private void take(ByteBuf more) {
    int needed = size + more.readableBytes();
    if (needed > body.length) {
      // Grows with what has come, never with what is announced.
      int doubled = Math.max(BODY_BYTES_FIRST, 2 * body.length);
      body = Arrays.copyOf(body, Math.min(bytesMax, Math.max(needed, doubled)));
    }
    int length = more.readableBytes();
    more.readBytes(body, size, length);
    size += length;
  }

  private void end(ChannelHandlerContext ctx, Incoming why) {
    over = true;
    forget();
    ctx.fireChannelRead(why);
  }

  private void forget() {
    head = null;
    body = NOTHING;
    size = 0;
  }

  @Override
  public int heldBytes() {
    return body.length;
  }
}
