package io.telltale.engine;

/** A column's name and type as in {@code docs/format/query.md}. */
public record ResultColumn(String name, String type) {}
