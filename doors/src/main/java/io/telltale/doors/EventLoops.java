package io.telltale.doors;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The acceptor, event loops and buffers of one kind of peers: epoll where there is one, else NIO.
 * Devices, strangers and operators each have their own, so that none can take another's.
 */
public final class EventLoops implements AutoCloseable {
  private static final int PAGE_BYTES = 8_192;
  // Chunks of 1 MiB: an allocator that serves few connections must not take much.
  private static final int CHUNK_ORDER = 7;

  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;
  private final ByteBufAllocator buffers;
  private final Class<? extends ServerChannel> serverChannel;
  private final LongSupplier nanoTime;

  private EventLoops(String name, int threads, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    boolean epoll = Epoll.isAvailable();
    var io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    acceptor =
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("accept-" + name, true), io);
    workers = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), io);
    buffers =
        new PooledByteBufAllocator(
            true,
            threads,
            threads,
            PAGE_BYTES,
            CHUNK_ORDER,
            PooledByteBufAllocator.defaultSmallCacheSize(),
            PooledByteBufAllocator.defaultNormalCacheSize(),
            false);
    serverChannel = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /**
   * Starts {@code threads} loops whose threads bear {@code name}. What they measure they measure by
   * {@code nanoTime}, which never jumps.
   */
  public static EventLoops open(String name, int threads, LongSupplier nanoTime) {
    return new EventLoops(name, threads, nanoTime);
  }

  public LongSupplier nanoTime() {
    return nanoTime;
  }

  public EventLoopGroup acceptor() {
    return acceptor;
  }

  public EventLoopGroup workers() {
    return workers;
  }

  public ByteBufAllocator buffers() {
    return buffers;
  }

  public Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  /** Every thread of these loops, for a watchdog. */
  List<EventExecutor> executors() {
    var all = new ArrayList<EventExecutor>();
    acceptor.forEach(all::add);
    workers.forEach(all::add);
    return all;
  }

  /** To be closed after every listener that uses them. */
  @Override
  public void close() {
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
