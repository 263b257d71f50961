/**
 * What lies in the object store: blocks sealed one by one, each file under a key of its own, the
 * metadata of tables, too.
 */
@NullMarked
package io.telltale.lake.seal;

import org.jspecify.annotations.NullMarked;
