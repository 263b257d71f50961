package io.telltale.registry;

/**
 * One part of a device's record that was changed.
 *
 * @param field as in {@link DeviceChange}, or {@code labels.<key>}
 * @param before empty also where there was none
 * @param after empty also where there is none any more
 */
public record FieldChange(String field, String before, String after) {}
