package io.telltale.doors.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.telltale.kernel.Counters;
import org.junit.jupiter.api.Test;

/** Firm ground 9: what unfinished messages take together is bounded. */
class HeldBytesTest {
  private static final int BYTES_MAX = 1_000;

  private final HeldBytes held = new HeldBytes(BYTES_MAX, Counters.none());

  @Test
  void what_keeps_most_gives_way() {
    var small = new EmbeddedChannel();
    var large = new EmbeddedChannel();
    held.holder(small).set(300);
    held.holder(large).set(800);
    assertThat(large.isOpen()).isFalse();
    assertThat(small.isOpen()).isTrue();
    assertThat(held.total()).isEqualTo(300);
  }

  // It found the other at work, left, and what it had brought stayed.
  @Test
  void what_another_loop_brings_while_one_sheds_gives_way_as_well() {
    var second = new EmbeddedChannel();
    HeldBytes.Holder later = held.holder(second);
    var first = new EmbeddedChannel();
    first
        .pipeline()
        .addLast(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void close(ChannelHandlerContext context, ChannelPromise promise) {
                onAnotherThread(() -> later.set(1_100));
                context.close(promise);
              }
            });
    held.holder(first).set(1_200);
    assertThat(second.isOpen()).isFalse();
    assertThat(held.total()).isZero();
  }

  private static void onAnotherThread(Runnable act) {
    Thread thread = Thread.ofPlatform().start(act);
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
