package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BatchedOffsetsTest {
  private static Event event(String subject, Map<String, String> details) {
    return Event.of("batch.stored", Instant.EPOCH, TenantId.DEFAULT, "pipeline", subject, details);
  }

  @Test
  void an_entrys_leaf_follows_from_the_partitions_before_it() {
    BatchedOffsets offsets =
        BatchedOffsets.of(event("batch/4", Map.of("offsets", "0:5-9;3:100-100;15:0-1")))
            .orElseThrow();
    assertThat(offsets.leaves()).isEqualTo(8);
    assertThat(offsets.leafOf(0, 9)).isEqualTo(OptionalLong.of(4));
    assertThat(offsets.leafOf(3, 100)).isEqualTo(OptionalLong.of(5));
    assertThat(offsets.leafOf(15, 1)).isEqualTo(OptionalLong.of(7));
    for (long[] outside : new long[][] {{0, 4}, {0, 10}, {1, 5}, {3, 101}, {15, 2}}) {
      assertThat(offsets.leafOf((int) outside[0], outside[1])).isEmpty();
    }
  }

  @Test
  void what_was_set_aside_is_in_many_spans_of_one_partition() {
    BatchedOffsets offsets =
        BatchedOffsets.of(event("batch/4", Map.of("offsets", "0:5-6;0:9-9;0:100-101;1:7-7")))
            .orElseThrow();
    assertThat(offsets.leaves()).isEqualTo(6);
    assertThat(offsets.leafOf(0, 9)).isEqualTo(OptionalLong.of(2));
    assertThat(offsets.leafOf(0, 101)).isEqualTo(OptionalLong.of(4));
    assertThat(offsets.leafOf(1, 7)).isEqualTo(OptionalLong.of(5));
    for (long[] outside : new long[][] {{0, 4}, {0, 7}, {0, 10}, {0, 102}, {1, 6}, {2, 7}}) {
      assertThat(offsets.leafOf((int) outside[0], outside[1])).isEmpty();
    }
  }

  @Test
  void a_batch_of_one_partition_is_read_for_good() {
    BatchedOffsets offsets =
        BatchedOffsets.of(event("partition/7", Map.of("first", "3", "last", "4"))).orElseThrow();
    assertThat(offsets.leafOf(7, 4)).isEqualTo(OptionalLong.of(1));
  }

  @Test
  void offsets_have_one_spelling_and_every_other_is_refused() {
    for (String bad :
        List.of(
            "",
            "0",
            "0:1",
            "0:2-1",
            "00:1-2",
            "0:01-2",
            "0:1-2;",
            "0:1-2;0:3-4",
            "0:1-2;0:2-4",
            "0:4-5;0:1-2",
            "3:1-2;1:1-2",
            "65536:1-2",
            "0:-1-2",
            "0:1-9223372036854775808",
            "0:0-2147483648",
            "0:1-2 ",
            "0:1-2,3:4-5")) {
      assertThat(BatchedOffsets.of(event("batch/0", Map.of("offsets", bad)))).as(bad).isEmpty();
    }
  }
}
