/**
 * Turns bytes on a socket into submissions, and outcomes into protocol answers. Decides nothing
 * else.
 */
@NullMarked
package io.telltale.doors;

import org.jspecify.annotations.NullMarked;
