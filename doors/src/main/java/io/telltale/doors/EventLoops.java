package io.telltale.doors;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The acceptor, event loops and buffers of one kind of peers. Devices, strangers and operators each
 * have their own, so that none can take another's.
 */
public final class EventLoops implements AutoCloseable {
  /** What a connection that is idle may hold: a read by io_uring may wait with its buffer. */
  public static final int WAITING_READ_BYTES = 2_048;

  private static final Logger LOG = System.getLogger("io.telltale.doors");
  private static final int PAGE_BYTES = 8_192;
  // Chunks of 1 MiB: an allocator that serves few connections must not take much.
  private static final int CHUNK_ORDER = 7;

  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;
  private final ByteBufAllocator buffers;
  private final Transport transport;
  private final LongSupplier nanoTime;

  /** How sockets are served. */
  record Transport(
      String name,
      IoHandlerFactory io,
      Class<? extends ServerChannel> serverChannel,
      int readBytesMax) {
    // A TLS record has 16 KiB and some: what one read takes in is bounded by two of them.
    private static final int READ_BYTES_MAX = 32_768;

    static Transport usual() {
      return Epoll.isAvailable()
          ? new Transport(
              "epoll", EpollIoHandler.newFactory(), EpollServerSocketChannel.class, READ_BYTES_MAX)
          : new Transport(
              "nio", NioIoHandler.newFactory(), NioServerSocketChannel.class, READ_BYTES_MAX);
    }

    static {
      // Read once, by the class of theirs that is loaded here first. All at once the kernel would
      // take in whoever has connected, before a gate can close the first: past every bound of
      // descriptors; and where there are none it would be asked again at once, for ever.
      System.setProperty("io.netty.iouring.acceptMultiShotEnabled", "false");
    }

    // A system call for all that a turn of the loop has to say, where epoll needs one a socket.
    static Transport forMany() {
      return IoUring.isAvailable()
          ? new Transport(
              "io_uring",
              IoUringIoHandler.newFactory(),
              IoUringServerSocketChannel.class,
              WAITING_READ_BYTES)
          : usual();
    }
  }

  EventLoops(String name, int threads, Transport transport, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.transport = transport;
    acceptor =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("accept-" + name, true), transport.io());
    workers = openWorkers(name, threads);
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
  }

  // Whoever is refused has nothing to close: neither a thread nor a ring may be left.
  private EventLoopGroup openWorkers(String name, int threads) {
    try {
      return new MultiThreadIoEventLoopGroup(
          threads, new DefaultThreadFactory(name, true), transport.io());
    } catch (RuntimeException | Error e) {
      acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw e;
    }
  }

  /**
   * Starts {@code threads} loops whose threads bear {@code name}. What they measure they measure by
   * {@code nanoTime}, which never jumps.
   */
  public static EventLoops open(String name, int threads, LongSupplier nanoTime) {
    return new EventLoops(name, threads, Transport.usual(), nanoTime);
  }

  /** As {@link #open}, for very many peers: by io_uring where the system lets us (ADR 0283). */
  public static EventLoops openForMany(String name, int threads, LongSupplier nanoTime) {
    try {
      return new EventLoops(name, threads, Transport.forMany(), nanoTime);
    } catch (IllegalStateException e) {
      // One ring could be had, and not as many as there are loops.
      Throwable why = e.getCause() == null ? e : e.getCause();
      LOG.log(Level.WARNING, "door.transport.refused is=io_uring why={0}", why.getMessage());
      return open(name, threads, nanoTime);
    }
  }

  /** What one read of a socket takes at most. */
  public int readBytesMax() {
    return transport.readBytesMax();
  }

  /** {@code io_uring}, {@code epoll} or {@code nio}. */
  public String transport() {
    return transport.name();
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
    return transport.serverChannel();
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
