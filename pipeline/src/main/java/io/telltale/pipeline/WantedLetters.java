package io.telltale.pipeline;

import io.telltale.kernel.TenantId;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Which dead letters.
 *
 * @param reason empty for any
 * @param number this one only
 */
public record WantedLetters(
    TenantId tenant, OptionalInt device, String reason, OptionalLong number) {}
