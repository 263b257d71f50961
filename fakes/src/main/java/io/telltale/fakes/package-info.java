/**
 * Fakes of the domain with hooks for faults, for the tests of several modules, and what every
 * driver of the log must do. Named by what they are; what one module alone needs is among its own
 * tests.
 */
@NullMarked
package io.telltale.fakes;

import org.jspecify.annotations.NullMarked;
