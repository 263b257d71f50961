package io.telltale.lake.write;

import io.telltale.kernel.Assurance;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.record.Origin;
import java.util.List;
import java.util.OptionalLong;
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
    Asset asset,
    String steps,
    boolean suspect) {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})");

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
        (int) Math.min(origin.policyVersion(), Integer.MAX_VALUE),
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
}
