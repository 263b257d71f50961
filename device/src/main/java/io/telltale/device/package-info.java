/**
 * What runs on a device: enroll, renew, publish, store and resend. Knows nothing of the server's
 * insides.
 */
@NullMarked
package io.telltale.device;

import org.jspecify.annotations.NullMarked;
