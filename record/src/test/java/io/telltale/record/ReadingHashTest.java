package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.KeyedHash;
import java.nio.ByteBuffer;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Firm ground 6: a reading is the same one although its agent sends it with another time. */
@NullMarked
class ReadingHashTest {
  private final ReadingHash hash =
      new ReadingHash(new KeyedHash(Samples.repeated(7, 16).toArray()));
  private final long telemetry = hash.label("telemetry");

  private long of(String payload) {
    return hash.of(telemetry, Bytes.utf8(payload));
  }

  @Test
  void the_sending_time_does_not_count_and_all_else_does() {
    long one = of("{\"seq\":1,\"sent\":1,\"values\":{\"t\":2}}");
    assertThat(of("{\"seq\":1,\"sent\":1700000000000,\"values\":{\"t\":2}}")).isEqualTo(one);
    assertThat(of("{\"seq\":1,\"sent\":1,\"values\":{\"t\":3}}")).isNotEqualTo(one);
    assertThat(of("{\"seq\":1,\"sent\": 1,\"values\":{\"t\":2}}")).isNotEqualTo(one);
    assertThat(of("{\"seq\":1,\"values\":{\"t\":2}}")).isNotEqualTo(one);
    assertThat(
            hash.of(hash.label("alarm"), Bytes.utf8("{\"seq\":1,\"sent\":1,\"values\":{\"t\":2}}")))
        .isNotEqualTo(one);
  }

  @Test
  void only_the_member_of_the_outermost_object_is_left_out() {
    assertThat(of("{\"values\":{\"sent\":1}}")).isNotEqualTo(of("{\"values\":{\"sent\":2}}"));
    assertThat(of("{\"a\":[{\"sent\":1}],\"sent\":5}"))
        .isEqualTo(of("{\"a\":[{\"sent\":1}],\"sent\":6}"));
    assertThat(of("{\"a\":\"sent\",\"b\":1}")).isNotEqualTo(of("{\"a\":\"sent\",\"b\":2}"));
    assertThat(of("{\"a\":\"\\\"sent\\\":1\"}")).isNotEqualTo(of("{\"a\":\"\\\"sent\\\":2\"}"));
    assertThat(of("{\"a\":\"\\\\\", \"sent\" : 1 }"))
        .isEqualTo(of("{\"a\":\"\\\\\", \"sent\" : 2 }"));
  }

  // What is left out may not hide where it was: the same digits elsewhere are another reading.
  @Test
  void digits_do_not_move_over_the_cut() {
    assertThat(of("{\"sent\":1,\"a\":23}")).isNotEqualTo(of("{\"sent\":12,\"a\":3}"));
    assertThat(of("{\"sent\":1}")).isNotEqualTo(of("{\"sent\":}1"));
  }

  @Test
  void is_as_on_the_page() {
    long vector = of("{\"seq\":5,\"sent\":1700000000000,\"time\":1700000000000}");
    String hex = Bytes.adopt(ByteBuffer.allocate(8).putLong(vector).array()).hex();
    assertThat(Samples.page("pipeline-state.md")).as(hex).contains(hex);
  }

  @FuzzTest
  void takes_any_bytes(byte[] payload) {
    long label = payload.length;
    assertThat(hash.of(label, Bytes.copyOf(payload)))
        .isEqualTo(hash.of(label, Bytes.copyOf(payload)));
  }
}
