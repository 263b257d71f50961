package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.ShellQuoting;
import io.telltale.registry.DeviceChange;
import io.telltale.registry.FieldChange;
import io.telltale.registry.HistoryEntry;
import io.telltale.registry.Registration;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.roster.RevocationReason;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Devices as the API shows and takes them. */
final class DeviceJson {
  private static final int TEXT_MAX = 256;
  private static final int DIFFERENCES_TOLD_MAX = 5;
  private static final String SET = "./telltale device set ";
  private static final String LABEL = "labels.";

  private DeviceJson() {}

  static ObjectNode of(Principal device) {
    AssetRecord asset = device.asset();
    ObjectNode node =
        Answers.object()
            .put("id", device.id().name())
            .put("number", device.number())
            .put("spiffeId", device.id().uri())
            .put("state", device.state().text())
            .put("type", asset.type())
            .put("environment", asset.environment())
            .put("region", asset.region())
            .put("productLine", asset.productLine())
            .put("ownerTeam", asset.ownerTeam())
            .put("site", asset.site())
            .put("revision", device.revision());
    ObjectNode labels = node.putObject("labels");
    new TreeMap<>(asset.labels()).forEach(labels::put);
    return node.put("firmware", device.firmware())
        .put("created", device.created().toString())
        .put("lastSeen", device.lastSeen().map(Instant::toString).orElse(null))
        .put("provisioned", device.provisioned().isEmpty() ? null : device.provisioned());
  }

  static ObjectNode of(
      Principal device, List<CredentialRecord> credentials, List<ServerFacts.Refusal> refusals) {
    ObjectNode node = of(device);
    ArrayNode array = node.putArray("credentials");
    for (CredentialRecord credential : credentials) {
      array
          .addObject()
          .put("fingerprint", credential.fingerprint().hex())
          .put("issuer", credential.issuer().hex())
          .put("serial", credential.serial())
          .put("state", credential.state().name().toLowerCase(Locale.ROOT))
          .put("notBefore", credential.notBefore().toString())
          .put("notAfter", credential.notAfter().toString())
          .put("retiringUntil", credential.retiringUntil().map(Instant::toString).orElse(null))
          .put("revoked", credential.revoked().map(Instant::toString).orElse(null))
          .put("revokedReason", credential.revokedReason().map(RevocationReason::text).orElse(""))
          .put("protection", credential.protection().text());
    }
    ArrayNode refused = node.putArray("refusals");
    for (ServerFacts.Refusal refusal : refusals) {
      refused
          .addObject()
          .put("time", refusal.time().toString())
          .put("protocol", refusal.protocol())
          .put("about", refusal.about())
          .put("why", refusal.why())
          .put("text", refusal.text())
          .put("count", refusal.count());
    }
    return node;
  }

  static ObjectNode of(HistoryEntry entry) {
    ObjectNode node =
        Answers.object()
            .put("from", entry.from().map(LifecycleState::text).orElse(null))
            .put("to", entry.to().text())
            .put("actor", entry.act().actor())
            .put("reason", entry.act().reason())
            .put("time", entry.time().toString());
    ArrayNode changes = node.putArray("changes");
    for (FieldChange change : entry.changes()) {
      changes
          .addObject()
          .put("field", change.field())
          .put("before", change.before())
          .put("after", change.after());
    }
    return node;
  }

  /** What differs, and what to do. */
  static String text(String id, Registration.Conflict conflict) {
    if (conflict.state() == LifecycleState.RETIRED) {
      return "the device of that id is retired, for good: register this one under another id";
    }
    List<FieldChange> all = conflict.differences();
    String differences =
        all.stream()
            .limit(DIFFERENCES_TOLD_MAX)
            .map(one -> "%s is '%s', not '%s'".formatted(one.field(), one.before(), one.after()))
            .collect(Collectors.joining(", "));
    return "the device exists with other properties: %s%s; to change it: %s"
        .formatted(
            differences,
            all.size() > DIFFERENCES_TOLD_MAX ? " and more" : "",
            all.stream()
                .map(DeviceJson::option)
                .collect(Collectors.joining(" ", SET + id + " ", "")));
  }

  /** What to do with one that may not enroll. */
  static String beforeItEnrolls(LifecycleState state) {
    return switch (state) {
      case RETIRED -> "register the machine under another id";
      case QUARANTINED -> "'./telltale device release' first";
      case DISABLED, COMPROMISED -> "'./telltale device readmit' first";
      case REGISTERED, BOOTSTRAPPED, ACTIVE ->
          throw new IllegalStateException(state + " may enroll");
    };
  }

  /** What sets it as it was asked for. */
  private static String option(FieldChange wanted) {
    String field = wanted.field();
    if (!field.startsWith(LABEL)) {
      String name = field.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      return "--%s %s".formatted(name, ShellQuoting.quoted(wanted.after()));
    }
    String label = field.substring(LABEL.length());
    return wanted.after().isEmpty()
        ? "--no-label " + ShellQuoting.quoted(label)
        : "--label " + ShellQuoting.quoted(label + "=" + wanted.after());
  }

  /** A change of a device's record; a label that is null is to go. */
  static DeviceChange change(JsonBody body, DeviceId device) {
    var fields = new HashMap<String, String>();
    for (String field : DeviceChange.FIELDS) {
      body.givenText(field, TEXT_MAX).ifPresent(value -> fields.put(field, value));
    }
    var without = new HashSet<String>();
    Map<String, String> labels = body.optionalTexts("labels", without);
    long revision = body.optionalWhole("ifRevision", 0, 1, Integer.MAX_VALUE);
    return new DeviceChange(
        device,
        fields,
        labels,
        without,
        revision == 0 ? OptionalInt.empty() : OptionalInt.of((int) revision));
  }

  /** Reads {@code id}; a wrong one is noted in {@code body}. */
  static String id(JsonBody body, String member) {
    String id = body.text(member, TEXT_MAX);
    if (!id.isEmpty() && !DeviceId.valid(id)) {
      body.mistake(member + " " + DeviceId.NAME_FORM);
    }
    return id;
  }

  static AssetRecord asset(JsonBody body) {
    return new AssetRecord(
        body.text("environment", TEXT_MAX),
        body.text("region", TEXT_MAX),
        body.text("productLine", TEXT_MAX),
        body.text("type", TEXT_MAX),
        body.optionalText("ownerTeam", TEXT_MAX),
        body.optionalText("site", TEXT_MAX),
        body.optionalTexts("labels"));
  }
}
