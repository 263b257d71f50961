package io.telltale.doors;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The event loops that all listeners of one process share: epoll where there is one, else NIO. */
public final class EventLoops implements AutoCloseable {
  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;
  private final Class<? extends ServerChannel> serverChannel;

  private final LongSupplier nanoTime;

  private EventLoops(boolean epoll, int threads, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    var io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    acceptor = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("accept", true), io);
    workers = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("door", true), io);
    serverChannel = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /**
   * Starts {@code threads} loops; as many as there are cores is right. What they measure they
   * measure by {@code nanoTime}, which never jumps.
   */
  public static EventLoops open(int threads, LongSupplier nanoTime) {
    return new EventLoops(Epoll.isAvailable(), threads, nanoTime);
  }

  LongSupplier nanoTime() {
    return nanoTime;
  }

  EventLoopGroup acceptor() {
    return acceptor;
  }

  EventLoopGroup workers() {
    return workers;
  }

  Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  /** To be closed after every listener that uses them. */
  @Override
  public void close() {
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
