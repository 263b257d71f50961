package io.telltale.pipeline.letters;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.pipeline.Place;
import java.util.Optional;

/** An entry that is not stored in a table. */
public record DeadLetter(
    int partition,
    long offset,
    String reason,
    Optional<Opened.Authentic> record,
    long millis,
    Bytes entry) {
  public Optional<DeviceId> device() {
    return record.map(opened -> opened.origin().device());
  }

  public Place place() {
    return new Place(partition, offset);
  }
}
