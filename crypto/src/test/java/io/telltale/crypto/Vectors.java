package io.telltale.crypto;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telltale.kernel.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Published vectors, which lie beside the project and are never copied into it. */
@NullMarked
final class Vectors {
  private static final JsonMapper JSON = new JsonMapper();

  private Vectors() {}

  /** One test of a Wycheproof file with the group it belongs to. */
  record Case(JsonNode group, JsonNode test) {
    Bytes hex(String field) {
      return Bytes.ofHex(test.get(field).asString());
    }

    boolean valid() {
      return !test.get("result").asString().equals("invalid");
    }

    String name() {
      return test.get("tcId").asString() + " " + test.get("comment").asString();
    }
  }

  static Path folder(String name) {
    // A module's tests run in the module's folder; the project may also be run from its root.
    for (String up : List.of("../../shared/vectors", "../shared/vectors")) {
      Path folder = Path.of(up, name);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    assumeTrue(false, "skipped: no published vectors in ../shared/vectors/" + name);
    throw new IllegalStateException("not reached");
  }

  static JsonNode read(Path file) {
    return JSON.readTree(file.toFile());
  }

  static List<Case> wycheproof(String file) {
    var cases = new ArrayList<Case>();
    for (JsonNode group : read(folder("wycheproof").resolve(file)).get("testGroups")) {
      for (JsonNode test : group.get("tests")) {
        cases.add(new Case(group, test));
      }
    }
    return cases;
  }
}
