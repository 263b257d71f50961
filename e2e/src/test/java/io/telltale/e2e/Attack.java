package io.telltale.e2e;

import java.util.concurrent.Callable;

/**
 * Something that a hostile or broken peer does.
 *
 * @param name for the report
 * @param expected what the peer may get to see, as a regular expression
 * @param counter the metrics line that must go up
 * @param act does it and tells what the peer saw
 */
record Attack(String name, String expected, String counter, Callable<String> act) {
  @Override
  public String toString() {
    return name;
  }
}
