package io.telltale.doors.session;

import java.time.Duration;

/**
 * The bounds of any session.
 *
 * @param openMax from the end of the handshake until the device has said who it is
 * @param unitMax from the first byte of what is read as one to its last
 * @param holdMax how long a message that cannot be stored now is kept and tried again
 */
public record LinkLimits(Duration openMax, Duration unitMax, Duration holdMax) {}
