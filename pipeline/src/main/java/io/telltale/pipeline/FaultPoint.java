package io.telltale.pipeline;

/** Where a test makes the worker fail. */
@FunctionalInterface
interface FaultPoint {
  void reached(String step);
}
