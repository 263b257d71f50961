package io.telltale.kernel;

import java.nio.file.AccessDeniedException;
import java.util.ArrayList;

/**
 * Something stored that is not as we wrote it, or that the disk does not give.
 *
 * @param where a file, or a place in one
 * @param kind what is wrong there, the same each time that one looks; continues a sentence that
 *     {@code where} begins
 * @param detail continues that; may be another the next time, or empty
 * @param remedy what to do about it, whole sentences
 */
public record Finding(String where, String kind, String detail, String remedy) {
  private static final String STOP_AND_PUT = "Stop the server and put";

  /** For what nothing but a copy brings back. */
  public static final String FROM_A_COPY =
      STOP_AND_PUT
          + " the newest copy of the whole data folder back; find out whether the disk fails or"
          + " somebody else writes to it.";

  private static final int CAUSES_MAX = 8;
  private static final String UNREADABLE = "cannot be read: the disk";
  private static final String FORBIDDEN = "cannot be read: no permission";
  private static final String THE_MODE =
      "The user who runs the server must own it, and what it lies in, with all that is in there:"
          + " chown -R, then chmod u+rwX -R on the data folder; nothing is lost.";
  private static final String UNTOLD = "cannot be told now";
  private static final String THE_DISK =
      "Look at the kernel's log (dmesg) and at the disk's health (smartctl -a): while it can be"
          + " read, copy the data folder to another disk; what is lost only the newest copy of the"
          + " whole data folder brings back.";

  /** A finding whose words are the same each time. */
  public Finding(String where, String what, String remedy) {
    this(where, what, "", remedy);
  }

  /** A finding that only a copy mends. */
  public static Finding lost(String where, String what) {
    return new Finding(where, what, FROM_A_COPY);
  }

  /** Of what could not be read: nothing is known about what is there. */
  public static Finding unreadable(String where, Throwable why) {
    return isForbidden(why)
        ? new Finding(where, FORBIDDEN, THE_MODE)
        : new Finding(where, UNREADABLE, " (" + causes(why) + ")", THE_DISK);
  }

  private static boolean isForbidden(Throwable why) {
    Throwable one = why;
    for (int depth = 0; one != null && depth < CAUSES_MAX; depth++) {
      if (one instanceof AccessDeniedException) {
        return true;
      }
      one = one.getCause();
    }
    return false;
  }

  /** Of what nobody can tell, and why: nothing was found wrong. */
  public static Finding untold(String what, String why) {
    return new Finding(what, UNTOLD, ": " + why, "It is looked at again in the next round.");
  }

  /** Whether it says only that nothing can be said. */
  public boolean isUntold() {
    return kind.equals(UNTOLD);
  }

  /** Whether it was read, and is wrong. */
  public boolean wasRead() {
    return !kind.equals(UNREADABLE) && !kind.equals(FORBIDDEN) && !isUntold();
  }

  /** Whether it is the same thing at the same place, whatever else is said of it. */
  public boolean same(Finding other) {
    return where.equals(other.where) && kind.equals(other.kind);
  }

  /** What is wrong there; continues a sentence that {@code where} begins. */
  public String what() {
    return kind + detail;
  }

  /** All of it in one line. */
  public String text() {
    return where + " " + what() + ". " + remedy;
  }

  /** The same for whoever has no server to stop, since none runs. */
  public String textOfStopped() {
    return text().replace(STOP_AND_PUT, "Put");
  }

  /** What a failure and what led to it say, in one line. */
  public static String causes(Throwable failure) {
    var parts = new ArrayList<String>();
    for (Throwable one = failure; one != null && parts.size() < CAUSES_MAX; one = one.getCause()) {
      parts.add(one.getMessage() == null ? one.getClass().getSimpleName() : one.getMessage());
    }
    return String.join(": ", parts);
  }
}
