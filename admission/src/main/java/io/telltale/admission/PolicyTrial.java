package io.telltale.admission;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.message.Flaw;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Policy;
import io.telltale.roster.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a policy says to a device and a message, step by step (IN-4, IN-12): by the very code that
 * admits, but nothing is limited, counted, sealed or remembered.
 */
public final class PolicyTrial {
  /** One step of a decision; the decision ends with the first that fails. */
  public record Step(String name, boolean passed, String detail) {}

  /**
   * Who would say what.
   *
   * @param payload empty to ask for the topic only
   */
  public record Question(
      Identity device, String topic, Optional<Bytes> payload, Assumption assumption) {}

  /**
   * What is only assumed.
   *
   * @param device that there is such a device
   * @param policy that the policy is in force
   */
  public record Assumption(boolean device, boolean policy) {
    public static final Assumption NONE = new Assumption(false, false);
  }

  /** The decision and the way to it. */
  public record Verdict(boolean allowed, List<Step> steps) {
    public Verdict {
      steps = List.copyOf(steps);
    }
  }

  private final PolicyCompiler compiler;
  private final Policy policy;
  private final Question question;
  private final Instant now;
  private final List<Step> steps = new ArrayList<>();

  private PolicyTrial(Policy policy, Question question, Instant now) {
    this.compiler = new PolicyCompiler(policy, _ -> 0, null);
    this.policy = policy;
    this.question = question;
    this.now = now;
  }

  public static Verdict ask(Policy policy, Question question, Instant now) {
    var trial = new PolicyTrial(policy, question, now);
    boolean allowed = trial.device() && trial.topic() && trial.payload();
    return new Verdict(allowed, trial.steps);
  }

  private boolean step(String name, boolean passed, String detail) {
    steps.add(new Step(name, passed, detail));
    return passed;
  }

  private boolean device() {
    Identity device = question.device();
    TenantId tenant = device.id().tenant();
    String state = device.state().text();
    boolean mayCome = device.state().mayConnect() || device.state() == LifecycleState.REGISTERED;
    String which =
        question.assumption().policy() ? "the document given" : "version " + policy.version();
    step("policy", true, which + ", for tenant " + tenant.name());
    String name = device.id().name();
    String standing =
        question.assumption().device()
            ? "%s is not registered: asked as if it were a %s"
                .formatted(name, device.asset().type())
            : "%s is %s".formatted(name, state);
    if (!step("device", mayCome, standing)) {
      return false;
    }
    Optional<DeviceType> type = policy.deviceType(device.asset().type());
    if (!step(
        "device type",
        type.isPresent(),
        type.isPresent()
            ? "%s may send %s".formatted(type.get().name(), sorted(type.get()))
            : "the policy knows no type " + device.asset().type())) {
      return false;
    }
    return !type.get().attestationRequired()
        || step("attestation", false, RefusalReason.ATTESTATION_REQUIRED.sentence());
  }

  private static List<String> sorted(DeviceType type) {
    return type.messageTypes().stream().sorted().toList();
  }

  private boolean topic() {
    DeviceType type = policy.deviceType(question.device().asset().type()).orElseThrow();
    String topic = question.topic();
    Optional<String> message =
        sorted(type).stream()
            .filter(name -> compiler.topic(question.device(), name).equals(topic))
            .findFirst();
    if (!step(
        "message type",
        message.isPresent(),
        message.isPresent()
            ? "the topic is that of " + message.get()
            : "the topic is none of this device's: "
                + sorted(type).stream()
                    .map(name -> compiler.topic(question.device(), name))
                    .toList())) {
      return false;
    }
    int index = 0;
    for (Rule rule : policy.rules()) {
      rule(index++, rule);
    }
    var rules = new DeviceRules(policy, question.device(), Rule.Action.PUBLISH);
    return switch (rules.about(topic)) {
      case ALLOWED -> step("authorisation", true, "a rule allows it and none denies it");
      case NOT_ALLOWED -> step("authorisation", false, RefusalReason.TOPIC_NOT_ALLOWED.sentence());
      case DENIED -> step("authorisation", false, RefusalReason.TOPIC_DENIED.sentence());
    };
  }

  private void rule(int index, Rule rule) {
    var rules = new DeviceRules(policy, question.device(), Rule.Action.PUBLISH);
    if (rule.action() == Rule.Action.PUBLISH) {
      boolean topic = rules.matches(rule, question.topic());
      boolean holds = DeviceRules.applies(rule, question.device());
      String says = rule.effect() == Rule.Effect.DENY ? "denies" : "allows";
      step(
          "/rules/" + index,
          true,
          !topic
              ? "has another topic: " + rule.topic()
              : holds ? says + " it" : "would say it " + says + " it, but its condition is false");
    }
  }

  private boolean payload() {
    if (question.payload().isEmpty()) {
      return true;
    }
    DeviceType type = policy.deviceType(question.device().asset().type()).orElseThrow();
    DeviceContext.Message message =
        compiler.topics(question.device()).allowed().get(question.topic());
    if (message == null) {
      return step("message type", false, RefusalReason.TYPE_NOT_ALLOWED.sentence());
    }
    var submission =
        Submission.of(question.topic(), question.payload().get(), false, Submission.NO_PACKET);
    long received = now.toEpochMilli();
    return switch (PayloadReader.read(submission, message.form(), received)) {
      case ParsedPayload.Malformed(RefusalReason why, String place) -> {
        String mapping = message.form().unreadable(submission.payload(), received);
        String sentence = new Outcome.Refused(why, place).sentence();
        yield step("payload", false, mapping.isEmpty() ? sentence : "it " + mapping);
      }
      case ParsedPayload.Message reading ->
          step("payload", true, "is well formed") && reading(reading, type, message);
    };
  }

  private boolean reading(
      ParsedPayload.Message reading, DeviceType type, DeviceContext.Message message) {
    RefusalReason stale =
        Freshness.judge(
            reading, message.form(), type.replay(), now.toEpochMilli(), AdmissionLimits.standard());
    if (!step("freshness", stale == null, stale == null ? "is of now" : stale.sentence())) {
      return false;
    }
    boolean fits = reading.fits(message.form());
    if (fits || reading.document() == null) {
      Outcome.Refused fault = reading.fault(message.form());
      return step("schema", fits, "fits " + message.schemaId())
          && step(
              "values",
              fault == null,
              fault == null ? "can be stored" : told(fault, reading, message));
    }
    for (Flaw flaw : message.form().schema().violations(reading.document())) {
      step("schema", false, "%s: %s".formatted(flaw.pointer(), flaw.what()));
    }
    return false;
  }

  // Whoever asks has the value: a device is never told it.
  private static String told(
      Outcome.Refused fault, ParsedPayload.Message reading, DeviceContext.Message message) {
    return fault.why() == RefusalReason.VALUE_OUT_OF_RANGE
        ? reading
            .outOfRange(message.form())
            .map(range -> range + ": send what the field takes, or change its min and max")
            .orElseGet(fault::sentence)
        : fault.sentence();
  }
}
