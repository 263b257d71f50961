package io.telltale.pipeline.intake;

import io.telltale.pipeline.Place;

/** Taking one entry failed, in a way that may be the entry's own. */
public final class EntryFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient Place place;
  private final boolean alone;

  /**
   * @param alone whether nothing else was gathered
   */
  EntryFailedException(Place place, boolean alone, Throwable cause) {
    super("taking the entry %d:%d".formatted(place.partition(), place.offset()), cause);
    this.place = place;
    this.alone = alone;
  }

  public Place place() {
    return place;
  }

  public boolean isAlone() {
    return alone;
  }
}
