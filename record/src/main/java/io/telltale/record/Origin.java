package io.telltale.record;

import io.telltale.kernel.Assurance;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where a record comes from, written once at the first door and byte-equal ever after (IN-8, AU-1).
 * The encoding is in {@code docs/format/record.md}.
 *
 * @param device who said it
 * @param deviceNumber its number in the registry, positive
 * @param credential the certificate it authenticated with
 * @param issuer the certificate that signed that one
 * @param gatewayChain SPIFFE ids of the gateways it passed, first one first; empty when direct
 * @param firmwareClaimed self-reported version, or {@code unknown}
 * @param attestation {@code unattested} until a verifier has appraised the device
 * @param scope whose key seals it
 * @param messageType the last segment of its topic
 * @param schema {@code id@version} of the schema it was checked against
 * @param sequence the device's sequence number, if it sends one
 * @param sent the device's clock when it was sent, milliseconds
 * @param received the door's clock when it arrived, milliseconds
 * @param door SPIFFE id of the door
 * @param endpoint listener and protocol, for instance {@code mqtt5:8883}
 * @param feedPosition how far the door's identity view had read the registry's feed
 * @param policyVersion version of the policy that allowed it
 * @param assurance how strong the claim is
 * @param enrolment which of the device's enrolments the sequence belongs to, from 1; {@link
 *     #UNNAMED} in version 1, which names none
 * @param mark how the sequence stood to those before it
 */
public record Origin(
    DeviceId device,
    int deviceNumber,
    Fingerprint credential,
    Fingerprint issuer,
    List<String> gatewayChain,
    String firmwareClaimed,
    String attestation,
    Scope scope,
    String messageType,
    String schema,
    OptionalLong sequence,
    Instant sent,
    Instant received,
    String door,
    String endpoint,
    long feedPosition,
    long policyVersion,
    Assurance assurance,
    int enrolment,
    SequenceMark mark) {
  public static final int UNNAMED = 0;

  public Origin {
    if (enrolment == UNNAMED && mark != SequenceMark.NONE) {
      throw new IllegalStateException("version 1 has no mark");
    }
    gatewayChain = List.copyOf(gatewayChain);
    sent = sent.truncatedTo(ChronoUnit.MILLIS);
    received = received.truncatedTo(ChronoUnit.MILLIS);
  }

  /** Gives one of several that are equal. */
  @FunctionalInterface
  interface Interning {
    <T> T one(T value);
  }

  /** The same, made of what {@code all} have of what many devices have in common. */
  Origin interned(Interning all) {
    return new Origin(
        device,
        deviceNumber,
        credential,
        all.one(issuer),
        all.one(gatewayChain),
        all.one(firmwareClaimed),
        all.one(attestation),
        all.one(scope),
        all.one(messageType),
        all.one(schema),
        sequence,
        sent,
        received,
        all.one(door),
        all.one(endpoint),
        feedPosition,
        policyVersion,
        assurance,
        enrolment,
        mark);
  }

  /** As of a record right after this one, of the same device and session. */
  Origin next(OptionalLong nextSequence, Instant nextSent, Instant nextReceived) {
    return with(nextSequence, nextSent, nextReceived, feedPosition, enrolment, mark);
  }

  /**
   * Whether {@link #shared} surely is the same of both: by reference, as whoever admits takes it
   * from where it stands and whoever reads has it interned; all but the firmware, which comes anew
   * with each message.
   */
  @SuppressWarnings("ReferenceEquality")
  public boolean isLike(Origin other) {
    return device == other.device
        && deviceNumber == other.deviceNumber
        && credential == other.credential
        && issuer == other.issuer
        && gatewayChain == other.gatewayChain
        && firmwareClaimed.equals(other.firmwareClaimed)
        && attestation == other.attestation
        && scope == other.scope
        && messageType == other.messageType
        && schema == other.schema
        && door == other.door
        && endpoint == other.endpoint
        && policyVersion == other.policyVersion
        && assurance == other.assurance;
  }

  /** What many records have in common: without all that can differ from one to the next. */
  public Origin shared() {
    return with(OptionalLong.empty(), Instant.EPOCH, Instant.EPOCH, 0, UNNAMED, SequenceMark.NONE);
  }

  private Origin with(
      OptionalLong itsSequence,
      Instant itsSent,
      Instant itsReceived,
      long itsFeedPosition,
      int itsEnrolment,
      SequenceMark itsMark) {
    return new Origin(
        device,
        deviceNumber,
        credential,
        issuer,
        gatewayChain,
        firmwareClaimed,
        attestation,
        scope,
        messageType,
        schema,
        itsSequence,
        itsSent,
        itsReceived,
        door,
        endpoint,
        itsFeedPosition,
        policyVersion,
        assurance,
        itsEnrolment,
        itsMark);
  }
}
