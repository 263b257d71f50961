package io.telltale.lake.table;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.lake.TestLake;
import io.telltale.testkit.Components;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A row takes the context of one before it only where its own would be the same. */
@Tag("one-store")
class ReadingContextTest {
  private static final Instant LATER = TestLake.NOON.plusSeconds(9);
  private static final RawRow ROW = TestLake.row(1, 2, 3, 20, TestLake.NOON);

  /** Another value for each component of {@link #ROW}. */
  private static final Map<String, Object> OTHERS =
      Map.ofEntries(
          entry("partition", 9),
          entry("offset", 9L),
          entry("origin", TestLake.row(1, 2, 4, 20, TestLake.NOON).origin()),
          entry("originBytes", Bytes.utf8("other origin")),
          entry("payload", Bytes.utf8("other payload")),
          entry("originSalt", Bytes.utf8("other salt")),
          entry("payloadSalt", Bytes.utf8("another salt")),
          entry("metric", "pressure"),
          entry("value", OptionalDouble.of(21)),
          entry("unit", "K"),
          entry("unitSent", "K"),
          entry("eventTime", LATER),
          entry("sourceTime", Optional.of(LATER)),
          entry("asset", new Asset("", "", "", "hall-2", "press", "line-a", "", Map.of())),
          entry("steps", "normalise@2"),
          entry("suspect", true));

  @Test
  void a_row_has_the_same_context_as_another_only_if_its_own_equals_it() {
    assertThat(ReadingContext.isSame(ROW, ROW)).isTrue();
    Components.eachChanged(
        ROW,
        OTHERS,
        (component, changed) ->
            assertThat(ReadingContext.isSame(ROW, changed))
                .as(component)
                .isEqualTo(ReadingContext.of(ROW).equals(ReadingContext.of(changed))));
  }
}
