package io.telltale.doors.accept;

/** A handler that keeps bytes until what they are part of is whole. On its event loop only. */
public interface Holding {
  /** Bytes of memory kept now, not of content. */
  int heldBytes();
}
