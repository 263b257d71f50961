package io.telltale.record;

import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Writes origins as {@link OriginCodec#encode} does, one after the other: what a device's next one
 * repeats is not encoded again. Not thread-safe.
 */
public final class OriginWriter {
  /** A power of two. */
  private static final int KEPT_MAX = 4_096;

  private final @Nullable Written[] kept = new @Nullable Written[KEPT_MAX];
  private final CborWriter out = new CborWriter(512);

  /** An origin, and what of it comes before and after that in which the next one differs. */
  private record Written(Origin origin, Bytes head, Bytes tail) {
    // By reference: who admits takes them from where they stand, and other texts are written anew.
    // All but the firmware, which comes anew with each message.
    @SuppressWarnings("ReferenceEquality")
    boolean isRepeatedBy(Origin next) {
      return origin.device() == next.device()
          && origin.credential() == next.credential()
          && origin.issuer() == next.issuer()
          && origin.gatewayChain() == next.gatewayChain()
          && origin.firmwareClaimed().equals(next.firmwareClaimed())
          && origin.attestation() == next.attestation()
          && origin.scope() == next.scope()
          && origin.messageType() == next.messageType()
          && origin.schema() == next.schema()
          && origin.sequence().isPresent() == next.sequence().isPresent()
          && origin.door() == next.door()
          && origin.endpoint() == next.endpoint()
          && origin.deviceNumber() == next.deviceNumber()
          && origin.feedPosition() == next.feedPosition()
          && origin.policyVersion() == next.policyVersion()
          && origin.assurance() == next.assurance()
          && origin.enrolment() == next.enrolment();
    }
  }

  /** Lends the encoding, to be read before the next one is written. */
  public CborWriter write(Origin origin) {
    int slot = origin.deviceNumber() & (KEPT_MAX - 1);
    Written known = kept[slot];
    if (known == null || !known.isRepeatedBy(origin)) {
      known = written(origin);
      kept[slot] = known;
    }
    out.clear().raw(known.head(), 0, known.head().size());
    OriginCodec.writeNumbers(origin, out);
    out.raw(known.tail(), 0, known.tail().size());
    OriginCodec.writeMark(origin, out);
    return out;
  }

  private static Written written(Origin origin) {
    var head = new CborWriter(384);
    OriginCodec.writeHead(origin, head);
    var tail = new CborWriter(128);
    OriginCodec.writeStanding(origin, tail);
    return new Written(origin, head.toBytes(), tail.toBytes());
  }
}
