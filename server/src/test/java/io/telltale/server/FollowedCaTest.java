package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.identity.CaAct;
import io.telltale.identity.CaRollover;
import io.telltale.identity.CaScope;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.server.data.DataFolder;
import io.telltale.server.upkeep.CaEvents;
import io.telltale.testkit.MovingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** ID-1: what else has to follow when one CA follows another. */
class FollowedCaTest {
  private static final CaAct.Because BECAUSE =
      new CaAct.Because(
          SpiffeId.parse("spiffe://telltale.local/default/person/operator").orElseThrow(),
          "as planned");

  private final MovingClock clock = new MovingClock(Instant.parse("2026-12-01T00:00:00Z"));

  @TempDir Path folder;

  private record Parts(Foundation foundation, Operator operator) {
    CaRollover rollover() {
      return foundation.authority().rollover();
    }
  }

  private void run(Consumer<Parts> use) {
    Path data = folder.resolve("data");
    ConfigReader.Outcome read = ConfigReader.read(Optional.empty(), Map.of(), data);
    Config config = ((ConfigReader.Outcome.Ready) read).config();
    try (var closing = new Closing()) {
      DataFolder opened = closing.add(DataFolder.at(data));
      Foundation foundation = Foundation.open(config, opened, clock, closing);
      CaEvents.requireNewest(foundation);
      use.accept(new Parts(foundation, new Operator(opened, foundation)));
    }
  }

  private static void done(CaRollover.Outcome outcome) {
    assertThat(outcome).isInstanceOf(CaRollover.Outcome.Done.class);
  }

  @Test
  void the_operators_certificate_of_before_keeps_no_ca_for_longer_than_a_month() {
    run(
        parts -> {
          assertThat(parts.operator().renew()).isTrue();
          done(parts.rollover().prepare(false, CaScope.ALL, BECAUSE));
          done(parts.rollover().activate("issuing-2", BECAUSE));
          assertThat(parts.operator().renew()).isTrue();
          assertThat(parts.operator().renew()).isFalse();
          assertThat(parts.rollover().retire("issuing", BECAUSE).toString())
              .contains("1 certificates of issuing", "certificate list --issuer issuing");
          clock.move(Operator.RENEWED_BEFORE);
          done(parts.rollover().retire("issuing", BECAUSE));
        });
  }

  @Test
  void a_ca_folder_of_before_an_act_is_not_taken_back() throws Exception {
    Path ca = folder.resolve("data/ca");
    Path older = folder.resolve("older");
    run(
        parts -> {
          done(parts.rollover().prepare(false, CaScope.ALL, BECAUSE));
          done(parts.rollover().activate("issuing-2", BECAUSE));
          CaEvents.tell(parts.foundation());
        });
    copy(ca, older);
    run(
        parts -> {
          done(parts.rollover().revoke("issuing", BECAUSE));
          CaEvents.tell(parts.foundation());
        });
    Path newer = folder.resolve("newer");
    Files.move(ca, newer);
    copy(older, ca);
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("ca/ is an older copy: the ledger tells that issuing came to be")
        .hasMessageContaining("revoked");
    Files.move(ca, older.resolveSibling("refused"));
    Files.move(newer, ca);
    run(parts -> assertThat(parts.rollover().list()).hasSize(3));
  }

  @Test
  void an_edited_state_makes_no_ca_trusted_again() throws Exception {
    run(
        parts -> {
          done(parts.rollover().prepare(false, CaScope.ALL, BECAUSE));
          done(parts.rollover().activate("issuing-2", BECAUSE));
          done(parts.rollover().revoke("issuing", BECAUSE));
          CaEvents.tell(parts.foundation());
        });
    Path states = folder.resolve("data/ca/states.json");
    // Without the root's list, which would tell as well.
    Path list = folder.resolve("data/ca/root.crl");
    Files.delete(list);
    String right = Files.readString(states);
    String edited = right.replace("\"revoked\"", "\"superseded\"");
    Files.writeString(states, edited);
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("does not say which CAs there are");
    // By somebody who knows how its hash is made.
    var json = (ObjectNode) JsonMapper.shared().readTree(edited);
    json.remove("hash");
    json.put("hash", Hash.sha256(Bytes.utf8(json.toString())).hex());
    Files.writeString(states, json.toString());
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("states.json says that issuing is superseded");
    Files.writeString(states, right);
    run(parts -> assertThat(parts.rollover().list()).hasSize(3));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
