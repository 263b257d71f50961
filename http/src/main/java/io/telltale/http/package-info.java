/**
 * A request and its answer: what a listener hands over and a handler gives back; which handler it
 * is, and how much of a body is taken. Knows no socket: {@code doors} carries it over one.
 */
@NullMarked
package io.telltale.http;

import org.jspecify.annotations.NullMarked;
