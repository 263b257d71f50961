/** A request and its answer: what a listener hands over and a handler gives back. */
@NullMarked
package io.telltale.http;

import org.jspecify.annotations.NullMarked;
