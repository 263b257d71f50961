package io.telltale.doors;

/**
 * What became of a principal's sessions after a change in the registry.
 *
 * @param number whose
 * @param position the feed entry that caused it
 * @param found sessions open when the change was seen
 * @param cut those closed because of it; the others may go on under their new context
 * @param nanos from the change being seen, on the committing thread, until the last was closed
 */
public record CutReport(int number, long position, int found, int cut, long nanos) {}
