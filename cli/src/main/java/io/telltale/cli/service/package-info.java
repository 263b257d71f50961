/** The server itself: its state, the keys of its scopes. */
@NullMarked
package io.telltale.cli.service;

import org.jspecify.annotations.NullMarked;
