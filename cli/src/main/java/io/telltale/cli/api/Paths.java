package io.telltale.cli.api;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/** Builds API paths from what a person typed. */
public final class Paths {
  private final String path;
  private final StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");

  private Paths(String path) {
    this.path = path;
  }

  public static Paths of(String path) {
    return new Paths(path);
  }

  /** A segment of a path. */
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Adds a parameter unless it is empty. */
  public Paths with(String name, String value) {
    if (!value.isEmpty()) {
      query.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
    return this;
  }

  @Override
  public String toString() {
    return path + query;
  }
}
