package io.telltale.kernel;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Reads again what one kind of store holds, all of it, in steps between which somebody else may use
 * the disk. Whoever owns a format checks it. Changes nothing. One thread at a time.
 */
public interface StoreCheck {
  /** Where every check begins. */
  String BEGINNING = "";

  /** One lower-case word, for metrics and to remember a position by. */
  String name();

  /**
   * Looks at what comes after {@code position}, which is {@link #BEGINNING} or what an earlier step
   * of this or of an earlier process gave.
   *
   * @param goesOn is asked between two pieces of work, each as short as reading one file is; once
   *     it says no the step gives what it has come to, or throws {@link UnavailableException}
   */
  Step next(String position, BooleanSupplier goesOn);

  /** The same for who waits for its end. */
  default Step next(String position) {
    return next(position, () -> true);
  }

  /**
   * What a step came to.
   *
   * @param position where it ended
   * @param last whether nothing comes after it
   * @param bytes how much was read
   * @param unread objects that cannot be read by anybody now, since their key is disabled or gone
   */
  record Step(String position, boolean last, long bytes, long unread, List<Finding> findings) {
    public Step {
      findings = List.copyOf(findings);
    }
  }
}
