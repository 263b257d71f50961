/** What is asked of the lake: questions, traces, dead letters, proofs of answers. */
@NullMarked
package io.telltale.cli.query;

import org.jspecify.annotations.NullMarked;
