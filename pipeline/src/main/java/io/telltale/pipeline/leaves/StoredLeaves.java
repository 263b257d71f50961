package io.telltale.pipeline.leaves;

/**
 * An object of leaf arrays, of which batches to which.
 *
 * @param bytes the object's size
 */
public record StoredLeaves(long first, long last, long bytes, String object) {
  public static final String FOLDER = "leaves";

  /** What events call the leaf array of a batch. */
  public static String name(long batch) {
    return FOLDER + "/" + batch;
  }
}
