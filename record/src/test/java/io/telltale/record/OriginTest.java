package io.telltale.record;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Assurance;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.Components;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class OriginTest {
  private static final Instant LATER = Instant.ofEpochMilli(2_000_000_000_000L);

  /** What can differ from one record of a device to the next. */
  private static final Set<String> OF_ONE_RECORD =
      Set.of("sequence", "sent", "received", "feedPosition", "enrolment", "mark");

  /** Another value for each component of {@link Samples#named}. */
  private static final Map<String, Object> OTHERS =
      Map.ofEntries(
          entry("device", new DeviceId(TenantId.DEFAULT, "pump-8")),
          entry("deviceNumber", 8),
          entry("credential", new Fingerprint(new Hash(Samples.repeated(0x11, 32)))),
          entry("issuer", new Fingerprint(new Hash(Samples.repeated(0x12, 32)))),
          entry("gatewayChain", List.of()),
          entry("firmwareClaimed", "1.2.4"),
          entry("attestation", "attested"),
          entry(
              "scope", new Scope(TenantId.DEFAULT, "plant-2", "eu", "pumps", Sensitivity.INTERNAL)),
          entry("messageType", "events"),
          entry("schema", "telemetry@2"),
          entry("sequence", OptionalLong.of(99)),
          entry("sent", LATER),
          entry("received", LATER),
          entry("door", "spiffe://telltale.local/default/service/other"),
          entry("endpoint", "https:8443"),
          entry("feedPosition", 43L),
          entry("policyVersion", 4L),
          entry("assurance", Assurance.DEVICE_SIGNED),
          entry("enrolment", 3),
          entry("mark", SequenceMark.LATE));

  @Test
  void the_next_records_origin_differs_in_what_the_record_says_only() {
    Origin one = Samples.origin();
    Origin next = one.next(OptionalLong.of(99), LATER, LATER.plusMillis(1));

    assertThat(next).isNotEqualTo(one);
    assertThat(next.sequence()).hasValue(99);
    assertThat(next.received()).isEqualTo(LATER.plusMillis(1));
    assertThat(next.shared()).isEqualTo(one.shared());
    assertThat(next.next(one.sequence(), one.sent(), one.received())).isEqualTo(one);
  }

  @Test
  void an_origin_is_like_another_only_if_they_share_all_that_no_record_changes() {
    Origin one = Samples.named(SequenceMark.NONE);
    assertThat(one.isLike(one.next(OptionalLong.of(99), LATER, LATER))).isTrue();
    Components.eachChanged(
        one,
        OTHERS,
        (component, changed) -> {
          boolean ofOneRecord = OF_ONE_RECORD.contains(component);
          assertThat(one.isLike(changed)).as(component).isEqualTo(ofOneRecord);
          assertThat(one.shared().equals(changed.shared())).as(component).isEqualTo(ofOneRecord);
        });
  }

  @Test
  void an_origin_is_written_anew_whatever_has_changed_since_the_one_before() {
    Origin one = Samples.named(SequenceMark.NONE);
    var writer = new OriginWriter();
    Components.eachChanged(
        one,
        OTHERS,
        (component, changed) -> {
          writer.write(one);
          assertThat(writer.write(changed).toBytes())
              .as(component)
              .isEqualTo(OriginCodec.encode(changed));
        });
  }

  @Test
  void an_interned_origin_equals_what_was_read() {
    Origin one = Samples.named(SequenceMark.LATE);
    assertThat(one.interned(new Same())).isEqualTo(one);
  }

  /** Knows nothing, so each value stays the one it is. */
  private static final class Same implements Origin.Interning {
    @Override
    public <T> T one(T value) {
      return value;
    }
  }
}
