/**
 * Who may come in at all: listeners, each source's share, what connections hold of unread bytes.
 */
@NullMarked
package io.telltale.doors.accept;

import org.jspecify.annotations.NullMarked;
