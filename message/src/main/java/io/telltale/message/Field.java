package io.telltale.message;

/**
 * A measured value in a message.
 *
 * @param unit what a device that names no unit sends
 * @param canonicalUnit what the lake stores
 * @param min the least plausible value, in the canonical unit
 * @param max the greatest plausible value, in the canonical unit
 */
public record Field(String name, String unit, String canonicalUnit, double min, double max) {}
