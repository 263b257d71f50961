package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class EventLoopsTest {
  private static final int BURST = 300;

  /** Closes whoever comes, and says how many descriptors there were when the first one did. */
  private static final class Gate extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Long> open = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(BURST);

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) throws IOException {
      if (!open.isDone()) {
        open.complete(descriptors());
      }
      ((Channel) accepted).unsafe().closeForcibly();
      closed.countDown();
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  @Test
  void a_burst_that_waits_for_the_gate_takes_no_descriptors() throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "needs Linux");
    var gate = new Gate();
    try (EventLoops loops = EventLoops.openForMany("burst", 1, System::nanoTime)) {
      System.out.println("transport: " + loops.transport());
      Channel server =
          new ServerBootstrap()
              .group(loops.acceptor(), loops.workers())
              .channel(loops.serverChannel())
              .option(ChannelOption.SO_BACKLOG, 4_096)
              .handler(gate)
              .childHandler(new ChannelInboundHandlerAdapter())
              .bind(InetAddress.getLoopbackAddress(), 0)
              .syncUninterruptibly()
              .channel();
      var busy = new CountDownLatch(1);
      loops
          .acceptor()
          .execute(
              () -> {
                try {
                  busy.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      List<Socket> burst = new ArrayList<>();
      try {
        var address = (InetSocketAddress) server.localAddress();
        for (int i = 0; i < BURST; i++) {
          burst.add(new Socket(address.getAddress(), address.getPort()));
        }
        long before = descriptors();
        busy.countDown();
        assertThat(gate.open.get() - before).isLessThan(BURST / 10);
        gate.closed.await();
      } finally {
        busy.countDown();
        for (Socket one : burst) {
          one.close();
        }
      }
    }
  }

  /** Gives one handler, and then no more, as a kernel that is short of rings. */
  private static final class OneHandler implements IoHandlerFactory {
    private final IoHandlerFactory real = NioIoHandler.newFactory();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private boolean given;

    @Override
    public IoHandler newHandler(ThreadAwareExecutor executor) {
      if (given) {
        throw new IllegalStateException("no ring to be had");
      }
      given = true;
      return new Watched(real.newHandler(executor), ended);
    }
  }

  /** Says when it is destroyed. */
  private record Watched(IoHandler real, CompletableFuture<Void> ended) implements IoHandler {
    @Override
    public void initialize() {
      real.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return real.run(context);
    }

    @Override
    public void prepareToDestroy() {
      real.prepareToDestroy();
    }

    @Override
    public void destroy() {
      real.destroy();
      ended.complete(null);
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return real.register(handle);
    }

    @Override
    public void wakeup() {
      real.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return real.isCompatible(handleType);
    }
  }

  @Test
  void loops_that_cannot_be_had_leave_no_acceptor_behind() {
    var one = new OneHandler();
    var transport = new EventLoops.Transport("one", one, NioServerSocketChannel.class, 2_048);
    assertThatThrownBy(() -> new EventLoops("none", 2, transport, System::nanoTime))
        .isInstanceOf(IllegalStateException.class);
    assertThat(one.ended).succeedsWithin(Duration.ofSeconds(20));
  }
}
