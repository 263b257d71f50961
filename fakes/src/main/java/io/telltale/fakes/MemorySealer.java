package io.telltale.fakes;

import io.telltale.kernel.Bytes;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.SealerRun;
import io.telltale.record.Origin;
import io.telltale.record.SequenceMark;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Seals nothing, but keeps leases as a real one does: an announcement first, per partition. */
public final class MemorySealer implements RecordSealer {
  private final SealerRun run = new SealerRun(Bytes.utf8("instance"), 16);
  public final List<Origin> origins = new ArrayList<>();
  public final List<SequenceMark> marks = new ArrayList<>();
  public final List<Integer> enrolments = new ArrayList<>();
  private final Set<Integer> announced = new HashSet<>();
  public int retired;
  public boolean unavailable;

  @Override
  public Sealed seal(int partition, Origin origin, Bytes payload) {
    if (unavailable) {
      return new Sealed.Unavailable("scope-disabled");
    }
    origins.add(origin);
    marks.add(origin.mark());
    enrolments.add(origin.enrolment());
    return announced.add(partition)
        ? new Sealed.Ready(List.of(Bytes.utf8("lease " + retired), payload), run)
        : new Sealed.Ready(List.of(payload), run);
  }

  @Override
  public void retire() {
    retired++;
    announced.clear();
  }

  @Override
  public void close() {}
}
