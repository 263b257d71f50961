package io.telltale.leases;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an opener remembers, as bytes: {@code docs/format/keys.md}.
 *
 * @param records that were read, by instance
 * @param leases of version 1, which kept them here
 */
public record OpenerState(Map<Bytes, Long> records, List<Lease> leases) {
  static final OpenerState NONE = new OpenerState(Map.of(), List.of());

  private static final int VERSION = 2;
  private static final int WITH_LEASES = 1;

  public OpenerState {
    leases = List.copyOf(leases);
  }

  /**
   * A lease.
   *
   * @param waiting records that are set aside
   */
  record Lease(LeaseAnnouncement announcement, long next, long waiting) {}

  static String context(int partition) {
    return "opener/" + partition;
  }

  static String context(int partition, Bytes slot) {
    return "lease/" + partition + "/" + slot.hex();
  }

  static Bytes encode(Map<Bytes, Long> records) {
    var out = new CborWriter(16 + 20 * records.size());
    out.array(2).integer(VERSION).array(records.size());
    records.forEach((instance, count) -> out.array(2).bytes(instance).integer(count));
    return out.toBytes();
  }

  static Bytes encodeLease(Lease lease) {
    var out = new CborWriter(1_600);
    out.array(3).integer(lease.next()).integer(lease.waiting());
    out.bytes(LeaseCodec.encode(lease.announcement()));
    return out.toBytes();
  }

  /** Empty for anything else than {@link #encode} wrote. */
  static Optional<OpenerState> decode(Bytes state) {
    return Cbor.decode(state, OpenerState::read);
  }

  static Optional<Lease> decodeLease(Bytes lease) {
    return Cbor.decode(lease, OpenerState::readLease);
  }

  private static OpenerState read(CborReader in) {
    in.array(2);
    if (in.integer(WITH_LEASES, VERSION) == WITH_LEASES) {
      return new OpenerState(Map.of(), readLeases(in));
    }
    int count = in.array();
    Map<Bytes, Long> records = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      in.array(2);
      Bytes instance = in.bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE);
      in.require(records.put(instance, in.integer(0, Long.MAX_VALUE)) == null);
    }
    return new OpenerState(records, List.of());
  }

  private static List<Lease> readLeases(CborReader in) {
    int count = in.array();
    var leases = new ArrayList<Lease>();
    for (int i = 0; i < count; i++) {
      in.array(2);
      long next = in.integer(0, Long.MAX_VALUE);
      leases.add(new Lease(announcement(in), next, 0));
    }
    return leases;
  }

  private static Lease readLease(CborReader in) {
    in.array(3);
    long next = in.integer(0, Long.MAX_VALUE);
    long waiting = in.integer(0, Long.MAX_VALUE);
    return new Lease(announcement(in), next, waiting);
  }

  private static LeaseAnnouncement announcement(CborReader in) {
    Optional<LeaseAnnouncement> announcement = LeaseCodec.announcement(in.bytes());
    in.require(announcement.isPresent());
    return announcement.orElseThrow();
  }
}
