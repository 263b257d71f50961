package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.Json;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.roster.PolicyReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The versions of a tenant's policy. */
class PoliciesTest {
  private static final TenantId OTHER = new TenantId("other");
  private static final String FACTORY = Policy.factoryDocument().asUtf8();

  private final Fixture fixture;

  PoliciesTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Bytes with(String burst) {
    return Bytes.utf8(FACTORY.replace("\"version\": 1,\n  \"dev", "\"dev").replace("200", burst));
  }

  private PolicyChange put(TenantId tenant, Bytes document, OptionalLong onlyAfter) {
    return fixture.registry.putPolicy(new PolicyDocument(tenant, document, onlyAfter), Fixture.WHY);
  }

  private PolicyChange put(Bytes document) {
    return put(TenantId.DEFAULT, document, OptionalLong.empty());
  }

  private long version(TenantId tenant) {
    return fixture.registry.policies().inForce(tenant).version();
  }

  // IN-4
  // What an older program put in force must open, and be followed by another.
  @Test
  void a_stored_version_beyond_31_bits_opens_and_is_succeeded() {
    long far = 1L << 40;
    String factory = Policy.factoryDocument().asUtf8();
    Bytes document =
        Bytes.utf8(factory.replaceFirst("\"version\": *[0-9]+", "\"version\": " + far));

    assertThat(PolicyReader.ofStored(far).read(document))
        .isInstanceOfSatisfying(
            ParsedPolicy.Valid.class, valid -> assertThat(valid.policy().version()).isEqualTo(far));
    assertThat(PolicyReader.ofNew(far + 1).read(document))
        .isInstanceOfSatisfying(
            ParsedPolicy.Valid.class,
            valid -> assertThat(valid.policy().version()).isEqualTo(far + 1));
    assertThat(PolicyReader.ofNew(8).read(document)).isInstanceOf(ParsedPolicy.Invalid.class);
  }

  @Test
  void start_with_the_factory_policy_and_are_numbered_by_the_registry() {
    assertThat(fixture.registry.policies().inForce(TenantId.DEFAULT)).isEqualTo(Policy.factory());
    var heard = new ArrayList<Long>();
    fixture.registry.view().onChange(_ -> heard.add(version(TenantId.DEFAULT)));

    assertThat(put(with("201"))).isInstanceOf(PolicyChange.InForce.class);
    assertThat(heard).containsExactly(2L);
    assertThat(put(with("201"))).isInstanceOf(PolicyChange.Unchanged.class);
    assertThat(put(Policy.factoryDocument())).isEqualTo(new PolicyChange.Stale(2));
    assertThat(put(Bytes.utf8("{}"))).isInstanceOf(PolicyChange.Invalid.class);
    fixture.reopen();
    assertThat(version(TenantId.DEFAULT)).isEqualTo(2);
    assertThat(fixture.events().stream().filter("policy.changed"::equals)).hasSize(2);
  }

  // IN-12
  @Test
  void of_the_same_content_are_one_version_however_they_are_written() {
    put(with("201"));
    Bytes compact = Bytes.utf8(Json.strict(with("201")).toString());
    Bytes numbered = Bytes.utf8(compact.asUtf8().replaceFirst("\\{", "{\"version\":9,"));

    assertThat(put(compact)).isInstanceOf(PolicyChange.Unchanged.class);
    assertThat(put(numbered)).isInstanceOf(PolicyChange.Unchanged.class);
    assertThat(version(TenantId.DEFAULT)).isEqualTo(2);
  }

  @Test
  void are_put_only_after_the_version_that_their_author_built_on() {
    assertThat(put(TenantId.DEFAULT, with("201"), OptionalLong.of(1)))
        .isInstanceOf(PolicyChange.InForce.class);
    assertThat(put(TenantId.DEFAULT, with("202"), OptionalLong.of(1)))
        .isEqualTo(new PolicyChange.Stale(2));
  }

  @Test
  void go_back_as_a_new_version_and_keep_every_old_one() {
    put(with("201"));
    PolicyChange back = restore(OptionalLong.of(1));

    Policy restored = ((PolicyChange.InForce) back).policy();
    assertThat(restored.version()).isEqualTo(3);
    assertThat(restored.deviceTypes()).isEqualTo(Policy.factory().deviceTypes());
    assertThat(fixture.registry.policyVersions(TenantId.DEFAULT, Long.MAX_VALUE, 10))
        .extracting(PolicyVersion::version)
        .containsExactly(3L, 2L, 1L);
    assertThat(
            fixture
                .registry
                .policies()
                .version(TenantId.DEFAULT, 2)
                .orElseThrow()
                .deviceType("press")
                .orElseThrow()
                .limits()
                .burst())
        .isEqualTo(201);
    assertThat(fixture.registry.policies().version(TenantId.DEFAULT, 4)).isEmpty();
    assertThat(restore(OptionalLong.of(9)))
        .isEqualTo(new PolicyChange.Unknown(OptionalLong.of(9), 3));
  }

  @Test
  void do_not_go_back_behind_the_first() {
    assertThat(restore(OptionalLong.empty()))
        .isEqualTo(new PolicyChange.Unknown(OptionalLong.empty(), 1));
  }

  private PolicyChange restore(OptionalLong version) {
    return fixture.registry.restorePolicy(
        new PolicyRestore(TenantId.DEFAULT, version, OptionalLong.empty(), false), Fixture.WHY);
  }

  @Test
  void go_back_by_one_to_the_version_before_whatever_its_number() {
    put(Bytes.utf8(with("201").asUtf8().replaceFirst("\\{", "{\"version\": 40,")));
    put(with("202"));
    assertThat(restore(OptionalLong.empty()))
        .isInstanceOfSatisfying(
            PolicyChange.InForce.class, back -> assertThat(back.contentOf()).isEqualTo(40));
  }

  // A topic, an allowance or a message type that is gone silences a device as its type does.
  @ParameterizedTest
  @CsvSource({
    "'\"allow\"', '\"deny\"', 0",
    "'d/{device}/{type}', 'd/{device}/state', 0",
    "'\"rules\": \\[[^]]*', '\"rules\": [', 0",
    "'\"name\": \"telemetry\"', '\"name\": \"telemetry\", \"topic\":"
        + " \"t/{tenant}/d/{device}/telemetry/x\"', 0",
    "'\"telemetry\"', '\"measurement\"', 0",
    "'\"press\"', '\"stamp\"', 1",
  })
  void that_would_silence_devices_need_to_be_allowed_it(String what, String by, int types) {
    Bytes document = Bytes.utf8(with("201").asUtf8().replaceAll(what.replace("{", "\\{"), by));
    fixture.add("press-1");
    fixture.move("press-1", LifecycleState.DISABLED);
    fixture.add("press-2");
    fixture.add("press-3");
    fixture.move("press-3", LifecycleState.RETIRED);

    assertThat(put(document))
        .isInstanceOfSatisfying(
            PolicyChange.CutsOff.class,
            refused -> {
              assertThat(refused.cuts().messageTypes()).containsExactly(Map.entry("telemetry", 2L));
              assertThat(refused.cuts().deviceTypes()).hasSize(types);
            });
    assertThat(version(TenantId.DEFAULT)).isEqualTo(1);
    var allowed = new PolicyDocument(TenantId.DEFAULT, document, OptionalLong.empty(), true);
    assertThat(fixture.registry.putPolicy(allowed, Fixture.WHY))
        .isInstanceOfSatisfying(
            PolicyChange.InForce.class, done -> assertThat(done.cuts().isEmpty()).isFalse());
  }

  @Test
  void that_take_from_nobody_there_are_put_as_they_are() {
    fixture.add("press-1");
    String document = with("201").asUtf8();
    assertThat(put(Bytes.utf8(document.replace("\"pump\"", "\"stamp\""))))
        .isInstanceOf(PolicyChange.InForce.class);
    assertThat(put(Bytes.utf8(document.replace("{device}/{type}", "+/telemetry"))))
        .isInstanceOf(PolicyChange.InForce.class);
  }

  @Test
  void belong_to_a_tenant() {
    put(OTHER, with("7"), OptionalLong.empty());

    assertThat(version(TenantId.DEFAULT)).isEqualTo(1);
    assertThat(fixture.registry.policies().inForce(OTHER).deviceTypes().getFirst().limits().burst())
        .isEqualTo(7);
    assertThat(fixture.registry.policyVersions(OTHER, Long.MAX_VALUE, 10)).hasSize(1);
  }

  // What a later release ships as its factory policy changes no fleet's rules.
  @Test
  void of_a_tenant_with_a_device_are_its_own() {
    fixture.registry.addDevice(
        new NewDevice(new DeviceId(OTHER, "press-1"), Fixture.press()), Fixture.OPERATOR);
    assertThat(fixture.registry.policyVersion(OTHER, 1).orElseThrow().document())
        .isEqualTo(Policy.factoryDocument());
  }
}
