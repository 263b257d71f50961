package io.telltale.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BodyBufferTest {
  private static final int BYTES_MAX = 10_000;

  private final BodyBuffer body = new BodyBuffer(BYTES_MAX);

  @Test
  void puts_together_what_comes_in_parts() {
    assertThat(body.append(ByteBuffer.wrap(new byte[] {1, 2}))).isTrue();
    assertThat(body.append(ByteBuffer.wrap(new byte[] {3}))).isTrue();
    assertThat(body.whole()).isEqualTo(Bytes.copyOf(new byte[] {1, 2, 3}));
  }

  @Test
  void holds_nothing_before_something_came() {
    assertThat(body.heldBytes()).isZero();
  }

  @Test
  void takes_nothing_of_what_is_too_much() {
    assertThat(body.append(ByteBuffer.allocate(BYTES_MAX - 1))).isTrue();
    assertThat(body.append(ByteBuffer.allocate(2))).isFalse();
    assertThat(body.whole().size()).isEqualTo(BYTES_MAX - 1);
  }

  @Test
  void never_holds_more_than_the_route_takes() {
    for (int i = 0; i < BYTES_MAX; i += 100) {
      assertThat(body.append(ByteBuffer.allocate(100))).isTrue();
      assertThat(body.heldBytes()).isLessThanOrEqualTo(BYTES_MAX);
    }
    assertThat(body.append(ByteBuffer.allocate(1))).isFalse();
    assertThat(body.whole().size()).isEqualTo(BYTES_MAX);
  }
}
