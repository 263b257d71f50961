package io.telltale.roster;

/**
 * How much one device may send.
 *
 * @param messagesPerSecond sustained
 * @param burst messages at once, after a pause
 * @param bytesPerSecond of payload, sustained
 */
public record Limits(double messagesPerSecond, int burst, long bytesPerSecond) {}
