package io.telltale.pipeline;

/** An entry could not be taken, for a reason that nobody foresaw. */
final class EntryFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient RecordSteps.Place place;

  EntryFailedException(RecordSteps.Place place, Throwable cause) {
    super("taking the entry %d:%d".formatted(place.partition(), place.offset()), cause);
    this.place = place;
  }

  RecordSteps.Place place() {
    return place;
  }
}
