/** Tests of the log: a contract for every driver, and what only the embedded one can be put to. */
@NullMarked
package io.telltale.logembedded;

import org.jspecify.annotations.NullMarked;
