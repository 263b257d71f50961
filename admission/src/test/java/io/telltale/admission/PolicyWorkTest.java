package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.roster.Rule;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** ADR-0218: what the largest legal policy costs, counted and not timed. */
class PolicyWorkTest {
  private static final int MESSAGE_TYPES = 256;
  private static final int RULES = 1_024;

  private final Identity press = Bench.identity(5, "press-1", "press", LifecycleState.ACTIVE);
  private final ArrayDeque<Runnable> aside = new ArrayDeque<>();

  private static Policy policy(int version, String messageTypes, String names, String rules) {
    String text =
        """
        {"version": %d,
         "deviceTypes": [{"name": "press", "messageTypes": [%s],
           "limits": {"messagesPerSecond": 1, "burst": 1, "bytesPerSecond": 1},
           "replay": "sequence", "attestationRequired": false}],
         "messageTypes": [%s], "rules": [%s]}
        """
            .formatted(version, names, messageTypes, rules);
    return switch (Policy.parse(Bytes.utf8(text))) {
      case ParsedPolicy.Valid(Policy policy) -> policy;
      case ParsedPolicy.Invalid(var mistakes) -> throw new AssertionError(mistakes.toString());
    };
  }

  private static String messageType(String name, String schema) {
    return """
    {"name": "%s", "version": 1, "sensitivity": "internal", "schema": %s, "fields": []}\
    """
        .formatted(name, schema);
  }

  private static final String RULE =
      """
      {"effect": "allow", "action": "publish", "topic": "t/{tenant}/d/{device}/{type}"}\
      """;

  private static Policy large(int version) {
    String schema = "{\"type\": \"object\", \"$comment\": \"" + "x".repeat(60_000) + "\"}";
    return policy(
        version,
        messageType("a", schema) + "," + messageType("b", schema.replace("xx", "xy")),
        "\"a\", \"b\"",
        RULE);
  }

  private static Policy small(int version) {
    return policy(version, messageType("a", "{\"type\": \"object\"}"), "\"a\"", RULE);
  }

  private static String neverHolds(int index) {
    return """
    {"effect": "%s", "action": "publish", "topic": "t/{tenant}/d/{device}/{type}",
     "when": {"attribute": "asset.site", "equals": ["nowhere-%d"]}}\
    """
        .formatted(index % 2 == 0 ? "allow" : "deny", index);
  }

  @Test
  void each_condition_is_evaluated_once_for_a_device_however_many_message_types_there_are() {
    Policy largest =
        policy(
            1,
            IntStream.range(0, MESSAGE_TYPES)
                .mapToObj(i -> messageType("m" + i, "{\"type\": \"object\"}"))
                .collect(Collectors.joining(",")),
            IntStream.range(0, MESSAGE_TYPES)
                .mapToObj(i -> "\"m" + i + "\"")
                .collect(Collectors.joining(",")),
            IntStream.range(0, RULES)
                .mapToObj(PolicyWorkTest::neverHolds)
                .collect(Collectors.joining(",")));
    var rules = new DeviceRules(largest, press, Rule.Action.PUBLISH);
    for (int i = 0; i < MESSAGE_TYPES; i++) {
      assertThat(rules.about("t/default/d/press-1/m" + i)).isEqualTo(DeviceRules.Word.NOT_ALLOWED);
    }
    assertThat(rules.evaluated()).isEqualTo(RULES);
  }

  private DeviceContexts contexts(AtomicReference<Policy> policy) {
    return new DeviceContexts(
        tenant -> policy.get(), Bench.emptyWindows(), System::nanoTime, aside::add);
  }

  @Test
  void a_large_change_is_compiled_by_who_refreshes_and_not_by_who_connects() {
    var policy = new AtomicReference<>(small(1));
    DeviceContexts contexts = contexts(policy);
    assertThat(contexts.of(press).orElseThrow().policyVersion()).isEqualTo(1);

    policy.set(large(2));
    assertThat(contexts.of(press).orElseThrow().policyVersion()).isEqualTo(1);
    contexts.refresh();
    assertThat(contexts.of(press).orElseThrow().policyVersion()).isEqualTo(2);
    assertThat(aside).isEmpty();
  }

  @Test
  void before_a_large_first_policy_is_compiled_its_devices_may_do_nothing() {
    var policy = new AtomicReference<>(large(1));
    DeviceContexts contexts = contexts(policy);
    assertThat(contexts.of(press)).isEmpty();
    assertThat(contexts.of(press)).isEmpty();
    aside.forEach(Runnable::run);
    assertThat(contexts.of(press).orElseThrow().allowedTopics()).hasSize(2);
  }

  @Test
  void what_has_not_changed_is_not_compiled_again() {
    var policy = new AtomicReference<>(large(1));
    DeviceContexts contexts = contexts(policy);
    assertThat(contexts.of(press)).isEmpty();
    aside.forEach(Runnable::run);
    DeviceContext before = contexts.of(press).orElseThrow();

    policy.set(large(2));
    DeviceContext after = contexts.of(press).orElseThrow();
    assertThat(after.policyVersion()).isEqualTo(2);
    assertThat(after.topics().values())
        .extracting(DeviceContext.Message::form)
        .containsExactlyInAnyOrderElementsOf(
            before.topics().values().stream().map(DeviceContext.Message::form).toList());
  }
}
