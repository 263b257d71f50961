package io.telltale.registry;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.Principal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Somebody's word that devices renew with a new key, each in its turn: what was issued before it,
 * to whom it covers, is replaced between {@code begins} and {@code ends}, evenly.
 *
 * @param number from 1
 * @param covers a device's name under {@code id}, its {@code firmware}, or attributes as of {@link
 *     DeviceQuery}: all of them must fit; empty for every device of the tenant
 * @param total how many credentials it was about when it was made
 * @param stopped when somebody took it back
 */
public record Rekey(
    long number,
    TenantId tenant,
    Map<String, String> covers,
    long total,
    Instant made,
    Instant begins,
    Instant ends,
    String actor,
    String reason,
    Optional<Instant> stopped) {
  /** In {@link #covers}: one device by its name. */
  public static final String ID = "id";

  /** In {@link #covers}: the version that devices claim. */
  public static final String FIRMWARE = "firmware";

  /** So long a device may take about its turn. */
  public static final Duration TURN = Duration.ofMinutes(5);

  public Rekey {
    covers = Map.copyOf(covers);
  }

  /** Whether {@code attribute} may be in {@link #covers}. */
  public static boolean validAttribute(String attribute) {
    return attribute.equals(ID)
        || attribute.equals(FIRMWARE)
        || DeviceQuery.validAttribute(attribute);
  }

  /** Whether {@code credential} of {@code owner} is to be replaced. */
  public boolean isAbout(Principal owner, CredentialRecord credential) {
    boolean isDevice =
        owner.id().kind() == SpiffeId.Kind.DEVICE || owner.id().kind() == SpiffeId.Kind.GATEWAY;
    return stopped.isEmpty()
        && isDevice
        && owner.id().tenant().equals(tenant)
        && credential.issued().isBefore(made)
        && covers.entrySet().stream()
            .allMatch(one -> value(owner, one.getKey()).equals(one.getValue()));
  }

  private static String value(Principal owner, String attribute) {
    AssetRecord asset = owner.asset();
    return switch (attribute) {
      case ID -> owner.id().name();
      case FIRMWARE -> owner.firmware();
      case "environment" -> asset.environment();
      case "region" -> asset.region();
      case "productLine" -> asset.productLine();
      case "type" -> asset.type();
      case "ownerTeam" -> asset.ownerTeam();
      case "site" -> asset.site();
      default -> asset.labels().getOrDefault(attribute.substring("labels.".length()), "");
    };
  }

  /** When it is the turn of a credential: by its fingerprint, which nobody can choose. */
  public Instant turn(Fingerprint credential) {
    long part =
        Integer.toUnsignedLong(ByteBuffer.wrap(credential.hash().value().borrow()).getInt());
    return begins.plusMillis((long) (Duration.between(begins, ends).toMillis() * (part / 0x1p32)));
  }
}
