package io.telltale.server.api;

/** A record of which each look at one place may be the last before it moves to the next. */
final class MovingRecord {
  static final int PARTITION = 6;
  static final long OFFSET = 1;

  private Place place = Place.STORED;
  private int looks = Integer.MAX_VALUE;
  private int left = Integer.MAX_VALUE;

  /** In the order in which a record can be at them. */
  enum Place {
    AHEAD,
    SET_ASIDE,
    LETTER,
    STORED
  }

  /** It is there, and moves on each time it was looked for so often. */
  void start(Place first, int looksEach) {
    place = first;
    looks = looksEach;
    left = looksEach;
  }

  boolean is(int partition, long offset) {
    return partition == PARTITION && offset == OFFSET;
  }

  boolean isAt(Place wanted) {
    boolean found = place == wanted;
    left--;
    if (left == 0 && place != Place.STORED) {
      place =
          switch (place) {
            case AHEAD -> Place.SET_ASIDE;
            case SET_ASIDE -> Place.LETTER;
            case LETTER, STORED -> Place.STORED;
          };
      left = looks;
    }
    return found;
  }
}
