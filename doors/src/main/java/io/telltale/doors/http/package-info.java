/** HTTP/1.1 on one connection: one request at a time, bounded by its route before it is read. */
@NullMarked
package io.telltale.doors.http;

import org.jspecify.annotations.NullMarked;
