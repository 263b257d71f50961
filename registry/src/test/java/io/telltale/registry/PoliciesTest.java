package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    fixture.registry.view().onChange(change -> heard.add(version(TenantId.DEFAULT)));

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
    PolicyChange back =
        fixture.registry.restorePolicy(TenantId.DEFAULT, 1, OptionalLong.empty(), Fixture.WHY);

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
    assertThat(
            fixture.registry.restorePolicy(TenantId.DEFAULT, 9, OptionalLong.empty(), Fixture.WHY))
        .isEqualTo(new PolicyChange.Unknown());
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
