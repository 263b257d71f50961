package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Whatever was read before, an origin is read as if it were the first. */
@NullMarked
class OriginReaderTest {
  private static List<Bytes> encoded() {
    var origins = new ArrayList<Bytes>();
    for (String device : List.of("pump-7", "pump-8")) {
      for (OptionalLong sequence :
          List.of(OptionalLong.of(5), OptionalLong.of(70_000), OptionalLong.empty())) {
        for (Instant sent : List.of(Samples.TIME, Instant.ofEpochMilli(-1), Instant.EPOCH)) {
          for (String schema : List.of("telemetry@1", "telemetry@2")) {
            origins.add(OriginCodec.encode(Samples.origin(device, schema, sequence, sent)));
          }
        }
      }
    }
    for (SequenceMark mark : SequenceMark.values()) {
      origins.add(OriginCodec.encode(Samples.named(mark)));
    }
    return origins;
  }

  @Test
  void reads_the_same_after_any_other() {
    var reader = new OriginReader();
    for (Bytes first : encoded()) {
      for (Bytes second : encoded()) {
        assertThat(reader.read(first)).isEqualTo(OriginCodec.decode(first)).isPresent();
        assertThat(reader.read(second)).isEqualTo(OriginCodec.decode(second));
      }
    }
  }

  @Test
  void shares_what_a_device_repeats() {
    var reader = new OriginReader();
    Origin first = reader.read(OriginCodec.encode(Samples.origin())).orElseThrow();
    Origin next =
        Samples.origin("pump-7", "telemetry@1", OptionalLong.of(6), Samples.TIME.plusMillis(9));
    assertThat(reader.read(OriginCodec.encode(next)).orElseThrow().scope()).isSameAs(first.scope());
  }

  @Test
  void refuses_what_is_altered_cut_or_lengthened_although_it_knows_the_rest() {
    var reader = new OriginReader();
    Bytes good = OriginCodec.encode(Samples.origin());
    for (int at = 0; at < good.size(); at++) {
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        byte[] altered = good.toArray();
        altered[at] ^= (byte) (1 << bit);
        assertSame(reader, good, Bytes.adopt(altered));
      }
      assertSame(reader, good, good.slice(0, at));
      byte[] longer = Arrays.copyOf(good.borrow(), good.size() + 1);
      System.arraycopy(good.borrow(), at, longer, at + 1, good.size() - at);
      assertSame(reader, good, Bytes.adopt(longer));
    }
  }

  private static void assertSame(OriginReader reader, Bytes known, Bytes next) {
    assertThat(reader.read(known)).isPresent();
    assertThat(reader.read(next)).isEqualTo(OriginCodec.decode(next));
  }
}
