package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The COSE header parameters that we use (RFC 9052 section 3.1): algorithm, key id, IV. A numeric
 * content type is stepped over; any other label is refused, so nothing critical can be overlooked.
 */
public record CoseHeaders(OptionalLong algorithm, Optional<Bytes> keyId, Optional<Bytes> iv) {
  public static final CoseHeaders NONE =
      new CoseHeaders(OptionalLong.empty(), Optional.empty(), Optional.empty());
  private static final int ALGORITHM = 1;
  private static final int CONTENT_TYPE = 3;
  private static final int KEY_ID = 4;
  private static final int IV = 5;

  public static CoseHeaders algorithm(long algorithm) {
    return new CoseHeaders(OptionalLong.of(algorithm), Optional.empty(), Optional.empty());
  }

  public CoseHeaders withKeyId(Bytes id) {
    return new CoseHeaders(algorithm, Optional.of(id), iv);
  }

  CoseHeaders withIv(Bytes nonce) {
    return new CoseHeaders(algorithm, keyId, Optional.of(nonce));
  }

  static CoseHeaders read(CborReader in) {
    int count = in.map();
    CoseHeaders headers = NONE;
    long last = 0;
    for (int i = 0; i < count; i++) {
      long label = in.integer();
      in.require(label > last);
      last = label;
      if (label == ALGORITHM) {
        headers = algorithm(in.integer());
      } else if (label == CONTENT_TYPE) {
        in.integer(0, 0xffff);
      } else if (label == KEY_ID) {
        headers = headers.withKeyId(in.bytes());
      } else {
        in.require(label == IV);
        headers = headers.withIv(in.bytes());
      }
    }
    return headers;
  }

  CborWriter write(CborWriter out) {
    int count =
        (algorithm.isPresent() ? 1 : 0) + (keyId.isPresent() ? 1 : 0) + (iv.isPresent() ? 1 : 0);
    out.map(count);
    if (algorithm.isPresent()) {
      out.integer(ALGORITHM).integer(algorithm.getAsLong());
    }
    keyId.ifPresent(id -> out.integer(KEY_ID).bytes(id));
    iv.ifPresent(nonce -> out.integer(IV).bytes(nonce));
    return out;
  }

  /** As a protected bucket: the map's bytes, or none at all for an empty map. */
  public Bytes protectedBytes() {
    return equals(NONE) ? Bytes.EMPTY : write(new CborWriter(32)).toBytes();
  }

  /** Reads a protected bucket: an empty string, or a map (an empty one in the old way, too). */
  static CoseHeaders readProtected(CborReader in, Bytes bucket) {
    if (bucket.size() == 0) {
      return NONE;
    }
    Optional<CoseHeaders> headers = Cbor.decode(bucket, CoseHeaders::read);
    in.require(headers.isPresent());
    return headers.orElseThrow();
  }

  /** A bucket that holds an empty map counts as the empty string (RFC 9052 sections 4.4, 5.3). */
  static Bytes counted(Bytes bucket) {
    return bucket.size() == 1 ? Bytes.EMPTY : bucket;
  }

  boolean overlaps(CoseHeaders other) {
    return (algorithm.isPresent() && other.algorithm.isPresent())
        || (keyId.isPresent() && other.keyId.isPresent())
        || (iv.isPresent() && other.iv.isPresent());
  }
}
