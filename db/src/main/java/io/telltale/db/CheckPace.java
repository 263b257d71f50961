package io.telltale.db;

/** Is asked in the middle of a check, every millisecond or so of work. */
public interface CheckPace {
  /** For who waits for the check. */
  CheckPace AT_ONCE =
      new CheckPace() {
        @Override
        public boolean goesOn() {
          return true;
        }

        @Override
        public boolean goesOnAtOnce() {
          return true;
        }
      };

  /** Whether to go on; may take its time to say so. */
  boolean goesOn();

  /** The same without a rest, where a rest would cost room on the disk. */
  boolean goesOnAtOnce();
}
