package io.telltale.keys;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseCodec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What an opener remembers, as bytes: {@code docs/format/keys.md}. */
final class OpenerState {
  private static final int VERSION = 1;

  private OpenerState() {}

  static String context(int partition) {
    return "opener/" + partition;
  }

  static Bytes encode(Collection<OpeningLease> leases) {
    var out = new CborWriter(64 + 1_600 * leases.size());
    out.array(2).integer(VERSION).array(leases.size());
    for (OpeningLease lease : leases) {
      out.array(2).integer(lease.next()).bytes(LeaseCodec.encode(lease.announcement()));
    }
    return out.toBytes();
  }

  /** Empty for anything else than {@link #encode} wrote. */
  static Optional<List<OpeningLease>> decode(Bytes state) {
    return Cbor.decode(state, OpenerState::read);
  }

  private static List<OpeningLease> read(CborReader in) {
    in.array(2);
    in.integer(VERSION, VERSION);
    int count = in.array();
    var leases = new ArrayList<OpeningLease>();
    for (int i = 0; i < count; i++) {
      in.array(2);
      long next = in.integer(0, Long.MAX_VALUE);
      Optional<LeaseAnnouncement> announcement = LeaseCodec.announcement(in.bytes());
      in.require(announcement.isPresent());
      leases.add(new OpeningLease(announcement.orElseThrow(), next));
    }
    return leases;
  }
}
