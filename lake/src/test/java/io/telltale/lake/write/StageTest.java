package io.telltale.lake.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.engine.DuckSession;
import io.telltale.kernel.Bytes;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.TestLake;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Growth: what is written passes through an engine that lives as long as the server. */
@Tag("one-store")
final class StageTest {
  private static final int MEGABYTES = 64;
  private static final int COMMITS = 4 * MEGABYTES;
  private static final int BYTES = 1 << 20;

  private final Random random = new Random(7);
  private final DuckSession session = DuckSession.open(MEGABYTES, 1);

  @AfterEach
  void close() {
    session.close();
  }

  private Bytes noise(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  private static MinuteRow minute(String offsets) {
    var who = RoaringBitmap.bitmapOf(7);
    return new MinuteRow(
        TestLake.SCOPE,
        "hall-1",
        "press",
        "temperature",
        "Cel",
        Instant.EPOCH,
        1,
        true,
        1,
        20.0,
        20.0,
        20.0,
        1,
        0,
        who,
        offsets);
  }

  @Test
  void minutes_of_many_commits_pass_through_a_fraction_of_their_size() {
    var stage = new MinuteStage(session);
    for (int commit = 0; commit < COMMITS; commit++) {
      FileGroup group = stage.add(List.of(minute(noise(BYTES / 2).hex()))).getFirst();
      String count = "SELECT count(*) FROM (" + stage.select(group) + ")";
      assertThat(session.text(count)).isEqualTo("1");
      stage.clear();
    }
  }
}
