package io.telltale.lake;

import io.telltale.kernel.Assurance;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import io.telltale.record.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything about a reading that many readings of a batch share. It is stored once and joined, so
 * that a row costs its few own numbers and not forty texts.
 */
record ReadingContext(
    DeviceId device,
    int deviceNumber,
    Fingerprint credential,
    Fingerprint issuer,
    List<String> gatewayChain,
    String firmware,
    String attestation,
    Scope scope,
    String messageType,
    String schema,
    String door,
    String endpoint,
    int policyVersion,
    Assurance assurance,
    String metric,
    String unit,
    String unitSent,
    Map<String, String> asset,
    String steps,
    boolean suspect) {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})");
  private static final List<String> ASSET_COLUMNS =
      List.of(
          "environment",
          "region",
          "product_line",
          "productLine",
          "site",
          "type",
          "device_type",
          "deviceType",
          "owner_team",
          "ownerTeam",
          "provisioning");

  static ReadingContext of(RawRow row) {
    Origin origin = row.origin();
    return new ReadingContext(
        origin.device(),
        origin.deviceNumber(),
        origin.credential(),
        origin.issuer(),
        origin.gatewayChain(),
        origin.firmwareClaimed(),
        origin.attestation(),
        origin.scope(),
        origin.messageType(),
        origin.schema(),
        origin.door(),
        origin.endpoint(),
        origin.policyVersion(),
        origin.assurance(),
        row.metric(),
        row.unit(),
        row.unitSent(),
        row.asset(),
        row.steps(),
        row.suspect());
  }

  /** Few of the parts tell contexts apart, and this is asked for every row. */
  @Override
  public int hashCode() {
    return 31 * deviceNumber + metric.hashCode();
  }

  /** The text columns, in the order that {@link ReadingColumns} names them. */
  List<String> texts() {
    return List.of(
        device.tenant().name(),
        scope.path(),
        device.name(),
        credential.hex(),
        issuer.hex(),
        asset.getOrDefault("provisioning", "unknown: not known to the pipeline when it was stored"),
        gatewayChain.isEmpty() ? "direct" : String.join(",", gatewayChain),
        firmware,
        attestation,
        assurance.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        schema,
        messageType,
        door,
        endpoint,
        metric,
        unit,
        unitSent,
        asset.getOrDefault("environment", scope.environment()),
        asset.getOrDefault("region", scope.region()),
        first("product_line", "productLine", scope.productLine()),
        scope.sensitivity().name().toLowerCase(Locale.ROOT),
        asset.getOrDefault("site", ""),
        first("device_type", "deviceType", asset.getOrDefault("type", "")),
        first("owner_team", "ownerTeam", ""),
        labels(),
        steps);
  }

  /** Ordered like the versions: 1.2.3 is 1000002000003, so that "older than" is a comparison. */
  OptionalLong firmwareNumber() {
    Matcher version = VERSION.matcher(firmware);
    if (!version.matches()) {
      return OptionalLong.empty();
    }
    long number = 0;
    for (int part = 1; part <= 3; part++) {
      number = number * 1_000_000 + Long.parseLong(version.group(part));
    }
    return OptionalLong.of(number);
  }

  private String first(String key, String otherKey, String otherwise) {
    return asset.getOrDefault(key, asset.getOrDefault(otherKey, otherwise));
  }

  private String labels() {
    var rest = new TreeMap<>(asset);
    ASSET_COLUMNS.forEach(rest::remove);
    return Json.object(rest);
  }
}
