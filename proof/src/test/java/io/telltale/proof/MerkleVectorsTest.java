package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.testkit.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The proofs of transparency-dev/merkle, good and bad (AU-2). */
class MerkleVectorsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void accepts_the_good_and_refuses_the_bad_inclusion_proofs() throws IOException {
    int checked = 0;
    for (Path file : vectors("inclusion")) {
      JsonNode vector = JSON.readTree(Files.readAllBytes(file));
      boolean accepted =
          MerkleProofs.includes(
              hash(vector.get("leafHash")),
              vector.get("leafIdx").asBigInteger().longValue(),
              vector.get("treeSize").asBigInteger().longValue(),
              path(vector.get("proof")),
              hash(vector.get("root")));
      assertThat(accepted).as(file.toString()).isEqualTo(!vector.get("wantErr").asBoolean());
      checked++;
    }
    assertThat(checked).isGreaterThan(80);
  }

  @Test
  void accepts_the_good_and_refuses_the_bad_consistency_proofs() throws IOException {
    int checked = 0;
    for (Path file : vectors("consistency")) {
      JsonNode vector = JSON.readTree(Files.readAllBytes(file));
      boolean accepted =
          MerkleProofs.consistent(
              vector.get("size1").asBigInteger().longValue(),
              hash(vector.get("root1")),
              vector.get("size2").asBigInteger().longValue(),
              hash(vector.get("root2")),
              path(vector.get("proof")));
      assertThat(accepted).as(file.toString()).isEqualTo(!vector.get("wantErr").asBoolean());
      checked++;
    }
    assertThat(checked).isGreaterThan(90);
  }

  private static List<Path> vectors(String kind) throws IOException {
    Path folder = SharedFiles.require("vectors/merkle/testdata/" + kind);
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static List<Hash> path(JsonNode proof) {
    var path = new ArrayList<Hash>();
    proof.forEach(node -> path.add(hash(node)));
    return path;
  }

  // Some vectors use words, or nothing at all, for hashes. Our type holds 32 bytes only: a word
  // stands for its own hash here, and nothing equals nothing.
  private static Hash hash(JsonNode node) {
    byte[] bytes = Base64.getDecoder().decode(node.isNull() ? "" : node.asString());
    if (bytes.length == Hash.SIZE) {
      return new Hash(Bytes.adopt(bytes));
    }
    String word = bytes.length == 0 ? "nothing " + System.nanoTime() : Bytes.adopt(bytes).hex();
    return Hash.sha256(Bytes.utf8(word));
  }
}
