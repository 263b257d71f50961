package io.telltale.message;

/**
 * What is wrong with a document, and where.
 *
 * @param pointer a JSON pointer (RFC 6901); empty for the whole document
 */
public record Flaw(String pointer, String what) {}
