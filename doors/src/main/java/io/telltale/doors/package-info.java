/**
 * Turns bytes on a socket into submissions, and outcomes into protocol answers. Decides nothing
 * else: who may connect is the identity view's to say, what is admitted is admission's.
 */
@NullMarked
package io.telltale.doors;

import org.jspecify.annotations.NullMarked;
