package io.telltale.roster;

import io.telltale.kernel.Bytes;
import io.telltale.message.Flaw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;

/** Finds the lines of JSON pointers in a document that is known to be JSON. */
final class Places {
  private record Place(int line, int column) {}

  private Places() {}

  /** The flaws with the line of each or of the nearest thing around it, in the lines' order. */
  static List<Mistake> locate(Bytes document, List<Flaw> flaws) {
    Map<String, Place> places = find(document, wanted(flaws));
    var mistakes = new ArrayList<Mistake>();
    for (Flaw flaw : flaws) {
      String pointer = flaw.pointer();
      while (!pointer.isEmpty() && !places.containsKey(pointer)) {
        pointer = parent(pointer);
      }
      Place place = places.getOrDefault(pointer, new Place(1, 1));
      mistakes.add(new Mistake(flaw.pointer(), place.line(), place.column(), flaw.what()));
    }
    mistakes.sort(Comparator.comparingInt(Mistake::line).thenComparingInt(Mistake::column));
    return mistakes;
  }

  private static String parent(String pointer) {
    return pointer.substring(0, Math.max(0, pointer.lastIndexOf('/')));
  }

  private static Set<String> wanted(List<Flaw> flaws) {
    var wanted = new HashSet<String>();
    for (Flaw flaw : flaws) {
      String pointer = flaw.pointer();
      while (wanted.add(pointer) && !pointer.isEmpty()) {
        pointer = parent(pointer);
      }
    }
    return wanted;
  }

  private static Map<String, Place> find(Bytes document, Set<String> wanted) {
    var places = new HashMap<String, Place>();
    try (JsonParser in = Json.parser(document)) {
      for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
        // A member's name comes before its value: whoever looks for the member looks there.
        if (token != JsonToken.END_OBJECT && token != JsonToken.END_ARRAY) {
          String pointer = in.streamReadContext().pathAsPointer().toString();
          if (wanted.contains(pointer)) {
            TokenStreamLocation at = in.currentTokenLocation();
            places.putIfAbsent(pointer, new Place(at.getLineNr(), at.getColumnNr()));
          }
        }
      }
    }
    return places;
  }
}
