package io.telltale.doors.http;

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
import io.telltale.http.BodyBuffer;
import io.telltale.kernel.Bytes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Puts requests together, no larger than what their route takes: the head decides, before any of
 * the body is read.
 */
public final class RequestReader extends ChannelInboundHandlerAdapter implements Holding {
  private final ToIntFunction<RequestHead> bodyBytesMax;
  private final List<X509Certificate> chain;
  private @Nullable RequestHead head;
  private BodyBuffer body = new BodyBuffer(0);
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
    body = new BodyBuffer(bodyBytesMax.applyAsInt(now));
    if (HttpUtil.getContentLength(request, 0L) > body.bytesMax()) {
      end(ctx, new Incoming.TooLarge(body.bytesMax()));
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
    if (!body.append(content.content().nioBuffer())) {
      end(ctx, new Incoming.TooLarge(body.bytesMax()));
      return;
    }
    if (content instanceof LastHttpContent) {
      Bytes whole = body.whole();
      forget();
      ctx.fireChannelRead(now.with(whole, ctx.channel()));
    }
  }

  private void end(ChannelHandlerContext ctx, Incoming why) {
    over = true;
    forget();
    ctx.fireChannelRead(why);
  }

  private void forget() {
    head = null;
    body = new BodyBuffer(0);
  }

  @Override
  public int heldBytes() {
    return body.heldBytes();
  }
}
