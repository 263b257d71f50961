/** What operators count and watch. */
@NullMarked
package io.telltale.server.metrics;

import org.jspecify.annotations.NullMarked;
