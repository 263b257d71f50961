package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Assurance;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Whatever came before, an origin is written as if it were the first. */
@NullMarked
class OriginWriterTest {
  private static final char[] FIRMWARE = {'1', '.', '4'};
  private static final List<String> TEXTS = List.of("a", "b");
  private static final List<List<String>> CHAINS = List.of(List.of(), List.of("g"));
  private static final List<Fingerprint> FINGERPRINTS =
      List.of(
          new Fingerprint(new Hash(Samples.repeated(1, 32))),
          new Fingerprint(new Hash(Samples.repeated(2, 32))));
  private static final List<DeviceId> DEVICES =
      List.of(new DeviceId(TenantId.DEFAULT, "p-1"), new DeviceId(TenantId.DEFAULT, "p-2"));
  private static final List<Scope> SCOPES =
      List.of(
          Samples.SCOPE,
          new Scope(TenantId.DEFAULT, "plant-2", "eu", "pumps", Sensitivity.INTERNAL));

  private final OriginWriter writer = new OriginWriter();

  private static <T> T one(Random random, List<T> of) {
    // Mostly the same, so that one field at a time changes.
    return of.get(random.nextInt(12) == 0 ? 1 : 0);
  }

  private static Origin origin(Random random) {
    return origin(random, one(random, TEXTS));
  }

  private static Origin origin(Random random, String firmware) {
    int enrolment = random.nextInt(3);
    List<SequenceMark> marks =
        enrolment == Origin.UNNAMED ? List.of(SequenceMark.NONE) : List.of(SequenceMark.values());
    return new Origin(
        one(random, DEVICES),
        // Two that share a place.
        one(random, List.of(7, 7 + (1 << 20))),
        one(random, FINGERPRINTS),
        one(random, FINGERPRINTS),
        one(random, CHAINS),
        firmware,
        one(random, TEXTS),
        one(random, SCOPES),
        one(random, TEXTS),
        one(random, TEXTS),
        random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong(1L << 53)),
        Instant.ofEpochMilli(random.nextLong(1L << 45)),
        Instant.ofEpochMilli(random.nextLong(1L << 45)),
        one(random, TEXTS),
        one(random, TEXTS),
        one(random, List.of(3L, 70_000L)),
        one(random, List.of(1L, 2L)),
        one(random, List.of(Assurance.DOOR_ATTESTED, Assurance.DEVICE_SIGNED)),
        enrolment,
        marks.get(random.nextInt(marks.size())));
  }

  @RepeatedTest(20)
  void an_origin_is_written_as_if_it_were_the_first(RepetitionInfo run) {
    var random = new Random(run.getCurrentRepetition());
    for (int i = 0; i < 5_000; i++) {
      Origin origin = origin(random);
      assertThat(writer.write(origin).toBytes()).isEqualTo(OriginCodec.encode(origin));
    }
  }

  @Test
  void what_a_device_says_again_costs_no_garbage_though_its_firmware_is_another_text_each_time() {
    var again = new ArrayList<Origin>();
    for (int i = 0; i < 1_000; i++) {
      again.add(origin(new Random(1), new String(FIRMWARE)));
    }
    // Its loading, and what the interpreter makes, are not meant.
    again.forEach(writer::write);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (Origin origin : again) {
      writer.write(origin);
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / again.size();
    System.out.println("garbage of an origin written again: " + each + " bytes");
    assertThat(each).isLessThan(100);
  }
}
