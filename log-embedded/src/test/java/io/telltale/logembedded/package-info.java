/**
 * Tests of the embedded log: the contract of every driver, and what only this one can be put to.
 */
@NullMarked
package io.telltale.logembedded;

import org.jspecify.annotations.NullMarked;
