package io.telltale.cli.print;

import io.telltale.kernel.Inert;
import java.io.PrintWriter;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Prints one object of an answer as names and values, nested ones indented. */
public final class Fields {
  private Fields() {}

  public static void print(PrintWriter out, JsonNode object, String indent) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode value = field.getValue();
      String name = indent + Inert.text(field.getKey());
      if (value.isContainer() && value.isEmpty()) {
        out.println(name + ": none");
      } else if (value.isObject()) {
        out.println(name + ":");
        print(out, value, indent + "  ");
      } else if (value.isArray() && value.size() > 0 && value.get(0).isObject()) {
        out.println(name + ":");
        for (JsonNode element : value) {
          print(out, element, indent + "  ");
          out.println();
        }
      } else {
        out.println(name + ": " + scalar(value));
      }
    }
  }

  /** A leaf as text; lists are joined. */
  public static String scalar(JsonNode value) {
    if (value.isNull() || value.isMissingNode()) {
      return "-";
    }
    if (value.isArray()) {
      var parts = new java.util.StringJoiner(", ");
      value.forEach(element -> parts.add(scalar(element)));
      return parts.toString();
    }
    return Inert.text(value.isString() ? value.asString() : value.toString());
  }
}
