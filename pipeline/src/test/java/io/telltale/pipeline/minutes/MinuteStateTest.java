package io.telltale.pipeline.minutes;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.lake.MinuteRow;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Firm ground, growth: what the revisions of one minute come to. */
@Tag("one-store")
class MinuteStateTest {
  private static final MinuteKey KEY =
      new MinuteKey(
          new Scope(TenantId.DEFAULT, "prod", "eu", "pumps", Sensitivity.INTERNAL),
          "hall-1",
          "press",
          "temperature",
          "Cel",
          29_000_000);

  private static MinuteState again(MinuteState state) {
    return MinuteState.decode(state.encode());
  }

  // A minute of 100 devices at one commit a second: every other record is of another aggregate.
  @Test
  void sixty_revisions_are_as_long_as_one_that_has_all() {
    var state = new MinuteState(KEY);
    var whole = new OffsetRanges();
    long told = 0;
    for (int second = 0; second < 60; second++) {
      for (int device = 0; device < 100; device++) {
        long offset = 1_000_000_000L + 2 * (second * 100L + device);
        state.add(20, device, device % 16, offset);
        whole.add(device % 16, offset);
      }
      for (MinuteRow row : state.revise(false)) {
        told += row.offsets().length() + (long) row.contributors().getSizeInBytes();
        assertThat(row.devices()).isEqualTo(100);
        assertThat(row.count()).isEqualTo(100L * (second + 1));
      }
      state = again(state);
    }
    int all = whole.texts(Integer.MAX_VALUE).getFirst().length();
    assertThat(told).isLessThan(all + all / 5);
    assertThat(state.encode().size()).as("what is stored each second").isLessThan(1_000);
  }

  @Test
  void much_at_once_is_told_in_revisions_that_follow_on_each_other() {
    var state = new MinuteState(KEY);
    var devices = new RoaringBitmap();
    for (int i = 0; i < 60_000; i++) {
      int device = i * 30_000;
      devices.add(device);
      state.add(1, device, i % 16, 1_000_000_000L + 2L * i);
    }
    List<MinuteRow> rows = again(state).revise(true);
    assertThat(rows.size()).isBetween(3, 8);
    var told = new RoaringBitmap();
    for (int i = 0; i < rows.size(); i++) {
      MinuteRow row = rows.get(i);
      assertThat(row.revision()).isEqualTo(i + 1);
      assertThat(row.since()).isEqualTo(i);
      assertThat(row.isFinal()).isEqualTo(i == rows.size() - 1);
      assertThat(row.count()).isEqualTo(60_000);
      assertThat(row.offsets().length()).isLessThanOrEqualTo(MinuteRow.LINEAGE_MAX);
      assertThat(row.contributors().serializedSizeInBytes())
          .isLessThanOrEqualTo(MinuteRow.LINEAGE_MAX);
      told.or(row.contributors());
    }
    assertThat(told).isEqualTo(devices);
  }

  @Test
  void a_late_value_is_all_that_the_next_revision_tells() {
    var state = new MinuteState(KEY);
    state.add(20, 7, 3, 10);
    MinuteRow first = state.revise(true).getFirst();
    MinuteState back = MinuteState.of(KEY, first);
    back.add(30, 8, 3, 11);
    MinuteRow second = again(back).revise(true).getFirst();
    assertThat(second.revision()).isEqualTo(2);
    assertThat(second.since()).isEqualTo(1);
    assertThat(second.offsets()).isEqualTo("3:11-11");
    assertThat(second.contributors()).isEqualTo(RoaringBitmap.bitmapOf(8));
    assertThat(second.devices()).isEqualTo(2);
    assertThat(second.sum()).isEqualTo(50);
  }

  /** As a pipeline stored it whose revisions all had the whole lineage. */
  private static Bytes version2(int revision, boolean isAhead, int... devices) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeByte(2);
    for (String text :
        List.of(KEY.scope().path(), KEY.site(), KEY.deviceType(), KEY.metric(), KEY.unit())) {
      out.writeUTF(text);
    }
    out.writeLong(KEY.minute());
    out.writeInt(revision);
    out.writeBoolean(false);
    out.writeBoolean(isAhead);
    out.writeLong(devices.length);
    out.writeDouble(20);
    out.writeDouble(1);
    out.writeDouble(9);
    RoaringBitmap.bitmapOf(devices).serialize(out);
    var offsets = new OffsetRanges();
    for (int i = 0; i < devices.length; i++) {
      offsets.add(2, 5 + i);
    }
    offsets.write(out);
    return Bytes.adopt(bytes.toByteArray());
  }

  @Test
  void goes_on_with_what_an_older_pipeline_has_stored() throws IOException {
    var told = new ArrayList<MinuteRow>();
    for (boolean isAhead : List.of(true, false)) {
      MinuteState state = MinuteState.decode(version2(4, isAhead, 1, 2));
      state.add(9, 3, 2, 7);
      told.addAll(again(state).revise(false));
    }
    assertThat(told).extracting(MinuteRow::revision).containsExactly(5, 5);
    assertThat(told).extracting(MinuteRow::devices).containsExactly(3, 3);
    // What revision 4 had is not known where something came since: all is told again.
    assertThat(told).extracting(MinuteRow::since).containsExactly(0, 4);
    assertThat(told).extracting(MinuteRow::offsets).containsExactly("2:5-7", "2:7-7");
    assertThat(told)
        .extracting(MinuteRow::contributors)
        .containsExactly(RoaringBitmap.bitmapOf(1, 2, 3), RoaringBitmap.bitmapOf(3));
  }
}
