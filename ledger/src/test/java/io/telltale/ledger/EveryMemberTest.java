package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.proof.JsonFile;
import io.telltale.proof.ProofFile;
import io.telltale.proof.ProofJson;
import io.telltale.proof.ProofVerdict.Rejected;
import io.telltale.proof.ProofVerdict.Verified;
import io.telltale.proof.ProofVerifier;
import io.telltale.proof.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Firm ground 15: every byte and member of a proof and of a trust bundle decides or is refused. */
class EveryMemberTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path folder;
  private Factory factory;
  private Bytes proof;
  private TrustBundle bundle;

  @BeforeEach
  void prove() {
    factory = new Factory(folder);
    factory.batch(3, 3, 2);
    proof = factory.proof();
    bundle = factory.bundle();
    assertThat(ProofVerifier.verify(proof, bundle)).isInstanceOf(Verified.class);
  }

  @AfterEach
  void close() {
    factory.close();
  }

  /** A document with one member or element gone, doubled, renamed, added or made null. */
  private static List<String> mutations(Bytes document) {
    var all = new ArrayList<String>();
    int nodes = count(JSON.readTree(document.asUtf8()));
    for (int at = 0; at < nodes; at++) {
      for (Change change : Change.values()) {
        JsonNode root = JSON.readTree(document.asUtf8());
        if (apply(root, new int[] {at}, change)) {
          all.add(JSON.writeValueAsString(root));
        }
      }
    }
    return all;
  }

  private enum Change {
    REMOVED,
    DOUBLED,
    ADDED,
    NULLED
  }

  private static int count(JsonNode node) {
    int count = 0;
    for (JsonNode child : node) {
      count += 1 + count(child);
    }
    return count;
  }

  /** Changes the child with that number in the order of the document; false if it cannot be. */
  private static boolean apply(JsonNode node, int[] at, Change change) {
    int index = 0;
    for (var name : node.isObject() ? List.copyOf(node.propertyNames()) : indexes(node)) {
      if (at[0]-- == 0) {
        return node instanceof ObjectNode object
            ? changed(object, name, change)
            : changed((ArrayNode) node, index, change);
      }
      JsonNode child = node.isObject() ? node.get(name) : node.get(index);
      if (at[0] < count(child)) {
        return apply(child, at, change);
      }
      at[0] -= count(child);
      index++;
    }
    return false;
  }

  private static List<String> indexes(JsonNode node) {
    var indexes = new ArrayList<String>();
    for (int i = 0; i < node.size(); i++) {
      indexes.add(Integer.toString(i));
    }
    return indexes;
  }

  private static boolean changed(ObjectNode object, String name, Change change) {
    switch (change) {
      case REMOVED -> object.remove(name);
      case DOUBLED, ADDED -> object.set(name + change, object.get(name));
      case NULLED -> {
        if (object.get(name).isNull()) {
          return false;
        }
        object.putNull(name);
      }
    }
    return true;
  }

  private static boolean changed(ArrayNode array, int index, Change change) {
    switch (change) {
      case REMOVED -> array.remove(index);
      case DOUBLED -> array.insert(index, array.get(index).deepCopy());
      case ADDED -> array.insert(index, "");
      case NULLED -> array.setNull(index);
    }
    return true;
  }

  @Test
  void any_member_of_a_proof_that_is_gone_doubled_added_or_null_is_noticed() {
    List<String> altered = mutations(proof);
    assertThat(altered).hasSizeGreaterThan(100);
    for (String one : altered) {
      assertThat(ProofVerifier.verify(Bytes.utf8(one), bundle))
          .as(one)
          .isInstanceOf(Rejected.class);
    }
  }

  @Test
  void any_member_of_a_trust_bundle_that_is_gone_doubled_added_or_null_is_noticed() {
    List<String> altered = mutations(bundle.toJson());
    assertThat(altered).hasSizeGreaterThan(40);
    for (String one : altered) {
      assertThat(refusedOrSame(Bytes.utf8(one))).as(one).isTrue();
    }
  }

  // The times of keys and the keys of key services are the auditor's own word: they may differ.
  @Test
  void any_byte_of_a_trust_bundle_decides_or_is_refused() {
    byte[] good = bundle.toJson().toArray();
    String text = new String(good, StandardCharsets.UTF_8);
    int times = text.indexOf("\"notBefore\"");
    int afterTimes = text.indexOf("\"witnesses\"");
    var random = new Random(11);
    for (int at = 0; at < good.length; at++) {
      if (at < times || at > afterTimes) {
        byte[] altered = good.clone();
        altered[at] ^= (byte) (1 << random.nextInt(7));
        assertThat(refusedOrSame(Bytes.adopt(altered))).as("byte %d of %s", at, text).isTrue();
      }
    }
  }

  private boolean refusedOrSame(Bytes file) {
    return switch (TrustBundle.parse(file)) {
      case TrustBundle.Parsed.Malformed malformed -> true;
      case TrustBundle.Parsed.Ok(TrustBundle read) ->
          withoutServices(read).equals(withoutServices(bundle))
              || ProofVerifier.verify(proof, read) instanceof Rejected;
    };
  }

  /** Whom sealers believe is no part of any proof. */
  private static TrustBundle withoutServices(TrustBundle one) {
    return new TrustBundle(
        one.trustDomain(), one.caRoots(), one.ledgerKeys(), one.witnesses(), one.formats());
  }

  @Test
  void a_bundle_that_asks_for_witnesses_verifies_no_proof_that_has_none() {
    var asking =
        new TrustBundle(
            bundle.trustDomain(),
            bundle.caRoots(),
            bundle.ledgerKeys(),
            List.of("witness.example+4a714406+Af2Gfieadf+XhietS8V1rrVKXeG5AvTosDDlVtQjz6Gg"),
            bundle.formats());
    assertThat(ProofVerifier.verify(proof, asking))
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.why()).contains("1 witnesses"));
  }

  @Test
  void a_bundle_of_formats_that_we_do_not_read_says_which() {
    String later = bundle.toJson().asUtf8().replace("\"origin\" : 1", "\"origin\" : 2");
    assertThat(TrustBundle.parse(Bytes.utf8(later)))
        .isInstanceOfSatisfying(
            TrustBundle.Parsed.Malformed.class,
            malformed -> assertThat(malformed.why()).contains("version 2 of the format origin"));
  }

  // HMAC pads keys with zeros: a salt cut or padded would give the same leaf.
  @Test
  void a_salt_of_another_length_is_refused() {
    ProofFile read = ((JsonFile.Read.Ok<ProofFile>) ProofJson.read(proof)).value();
    ProofFile.ProofRecord first = read.records().getFirst();
    Bytes padded = Bytes.adopt(Arrays.copyOf(first.originSalt().toArray(), 33));
    var records = new ArrayList<>(read.records());
    records.set(
        0,
        new ProofFile.ProofRecord(
            first.partition(),
            first.offset(),
            first.origin(),
            padded,
            first.payloadCommitment(),
            first.batch(),
            first.path()));
    var altered =
        new ProofFile(
            read.checkpoint(), read.question(), read.events(), read.certificates(), records);
    assertThat(ProofVerifier.verify(ProofJson.write(altered), bundle))
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.why()).contains("32 bytes"));
  }

  @Test
  void who_asked_is_not_who_exported() {
    factory.exporter = "spiffe://telltale.local/default/person/clerk";
    assertThat(ProofVerifier.verify(factory.proof(), bundle))
        .isInstanceOfSatisfying(
            Verified.class,
            verified -> {
              assertThat(verified.summary().asker()).endsWith("/person/operator");
              assertThat(verified.summary().exporter()).endsWith("/person/clerk");
            });
  }
}
