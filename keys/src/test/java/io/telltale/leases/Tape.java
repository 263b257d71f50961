package io.telltale.leases;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.keys.House;
import io.telltale.record.Origin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** What a partition of the log would hold. */
@NullMarked
public final class Tape {
  final int partition;
  final List<Bytes> entries = new ArrayList<>();

  public Tape(int partition) {
    this.partition = partition;
  }

  /** Seals and appends; returns the sealed record itself. */
  public Bytes seal(RecordSealer sealer, Origin origin, Bytes payload) {
    RecordSealer.Sealed sealed = sealer.seal(partition, origin, payload);
    assertThat(sealed).isInstanceOf(RecordSealer.Sealed.Ready.class);
    List<Bytes> ready = ((RecordSealer.Sealed.Ready) sealed).entries();
    entries.addAll(ready);
    return ready.getLast();
  }

  public void seal(RecordSealer sealer, long from, long to) {
    for (long sequence = from; sequence < to; sequence++) {
      seal(sealer, House.origin(sequence), House.payload(sequence));
    }
  }

  /** Opens every entry and expects announcements and authentic records only. */
  public List<RecordOpener.Opened.Authentic> openAll(RecordOpener opener) {
    var authentic = new ArrayList<RecordOpener.Opened.Authentic>();
    for (Bytes entry : entries) {
      switch (opener.open(entry)) {
        case RecordOpener.Opened.Authentic record -> authentic.add(record);
        case RecordOpener.Opened.Announced announced -> {}
        case RecordOpener.Opened.Rejected rejected -> throw new AssertionError(rejected.why());
        case RecordOpener.Opened.Closed closed -> throw new AssertionError(closed.why());
        case RecordOpener.Opened.Unavailable no -> throw new AssertionError(no.why());
      }
    }
    return authentic;
  }

  static String why(RecordOpener.Opened opened) {
    return switch (opened) {
      case RecordOpener.Opened.Rejected rejected -> rejected.why();
      case RecordOpener.Opened.Closed closed -> "closed: " + closed.why();
      case RecordOpener.Opened.Unavailable unavailable -> "unavailable: " + unavailable.why();
      case RecordOpener.Opened.Announced announced -> "announced";
      case RecordOpener.Opened.Authentic authentic -> "authentic";
    };
  }
}
