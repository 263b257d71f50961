package io.telltale.doors.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.telltale.http.HttpExchange;

/**
 * Writes an answer, of a long one each piece once the one before has left the process: TLS encrypts
 * all that it is given at once, and who reads nothing would hold all of it in the memory that all
 * connections share.
 */
final class AnswerPieces {
  static final int PIECE_BYTES = 64 * 1024;

  private final ChannelHandlerContext ctx;
  private final ByteBuf body;
  private final ChannelPromise written;

  private AnswerPieces(ChannelHandlerContext ctx, ByteBuf body) {
    this.ctx = ctx;
    this.body = body;
    this.written = ctx.newPromise();
  }

  /** Completes when the last byte was handed to the system, or the channel has failed. */
  static ChannelFuture write(
      ChannelHandlerContext ctx, HttpExchange.Response response, boolean keepAlive) {
    ByteBuf body = Unpooled.wrappedBuffer(response.body().borrow());
    HttpResponseStatus status = HttpResponseStatus.valueOf(response.status());
    boolean isLong = body.readableBytes() > PIECE_BYTES;
    HttpResponse head =
        isLong
            ? new DefaultHttpResponse(HttpVersion.HTTP_1_1, status)
            : new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    response.headers().forEach((name, value) -> head.headers().set(name, value));
    HttpUtil.setContentLength(head, body.readableBytes());
    HttpUtil.setKeepAlive(head, keepAlive);
    if (!isLong) {
      return ctx.writeAndFlush(head);
    }
    ctx.write(head, ctx.voidPromise());
    var pieces = new AnswerPieces(ctx, body);
    pieces.next();
    return pieces.written;
  }

  private void next() {
    ByteBuf piece = body.readRetainedSlice(Math.min(PIECE_BYTES, body.readableBytes()));
    boolean isLast = !body.isReadable();
    HttpContent content =
        isLast ? new DefaultLastHttpContent(piece) : new DefaultHttpContent(piece);
    ctx.writeAndFlush(content)
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                written.tryFailure(done.cause());
              } else if (isLast) {
                written.trySuccess();
              } else {
                next();
              }
            });
  }
}
