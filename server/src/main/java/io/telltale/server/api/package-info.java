/**
 * The REST API: who may call what, JSON in and out, one table of status codes. Knows no socket, no
 * SQL and no key; what it answers comes from the parts that it is given.
 */
@NullMarked
package io.telltale.server.api;

import org.jspecify.annotations.NullMarked;
