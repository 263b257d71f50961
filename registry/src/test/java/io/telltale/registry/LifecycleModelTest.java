package io.telltale.registry;

import static io.telltale.registry.Fixture.OPERATOR;
import static io.telltale.registry.Fixture.WHY;
import static io.telltale.registry.Fixture.device;
import static io.telltale.registry.Fixture.spiffe;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import io.telltale.testkit.Cases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry against a model that a person can check by reading RG-2, RG-3 and RG-4. */
class LifecycleModelTest {
  private static final int STEPS = 30;
  private static final List<LifecycleState> STATES = List.of(LifecycleState.values());

  private final Fixture fixture;
  private int devices;

  LifecycleModelTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A device as it should be. */
  private static final class Model {
    private LifecycleState state = LifecycleState.REGISTERED;
    private final Set<Fingerprint> usable = new HashSet<>();
    private final Set<Fingerprint> dead = new HashSet<>();
    private final List<Fingerprint> issued = new ArrayList<>();
    private final Set<Fingerprint> renewed = new HashSet<>();
    private final Set<Hash> open = new HashSet<>();
    private final Set<Hash> closed = new HashSet<>();
    private final List<LifecycleState> history =
        new ArrayList<>(List.of(LifecycleState.REGISTERED));

    boolean mayMove(LifecycleState target) {
      Map<LifecycleState, Set<LifecycleState>> table = new HashMap<>();
      table.put(LifecycleState.REGISTERED, ends());
      table.put(LifecycleState.ACTIVE, with(ends(), LifecycleState.QUARANTINED));
      table.put(LifecycleState.QUARANTINED, with(ends(), LifecycleState.ACTIVE));
      table.put(
          LifecycleState.DISABLED,
          EnumSet.of(
              LifecycleState.REGISTERED, LifecycleState.COMPROMISED, LifecycleState.RETIRED));
      table.put(
          LifecycleState.COMPROMISED,
          EnumSet.of(LifecycleState.REGISTERED, LifecycleState.RETIRED));
      return table.getOrDefault(state, Set.of()).contains(target);
    }

    private static Set<LifecycleState> ends() {
      return EnumSet.of(
          LifecycleState.DISABLED, LifecycleState.COMPROMISED, LifecycleState.RETIRED);
    }

    private static Set<LifecycleState> with(Set<LifecycleState> states, LifecycleState more) {
      states.add(more);
      return states;
    }

    void enter(LifecycleState target) {
      state = target;
      history.add(target);
      boolean starting = target == LifecycleState.REGISTERED;
      boolean over = target == LifecycleState.COMPROMISED || target == LifecycleState.RETIRED;
      if (starting || over) {
        dead.addAll(usable);
        usable.clear();
      }
      if (starting || over || target == LifecycleState.DISABLED) {
        closed.addAll(open);
        open.clear();
      }
    }

    void enroll(Fingerprint credential) {
      dead.addAll(usable);
      usable.clear();
      issue(credential);
      if (state != LifecycleState.ACTIVE) {
        enter(LifecycleState.ACTIVE);
      }
    }

    void issue(Fingerprint credential) {
      usable.add(credential);
      issued.add(credential);
    }

    void end(Fingerprint credential) {
      if (usable.remove(credential)) {
        dead.add(credential);
      }
    }

    /** Nobody connects here: a credential is in use once it has asked for its successor. */
    boolean renew(Fingerprint old) {
      if (state != LifecycleState.ACTIVE || !usable.contains(old)) {
        return false;
      }
      List<Fingerprint> later = List.copyOf(issued.subList(issued.indexOf(old) + 1, issued.size()));
      if (renewed.contains(old) && later.stream().anyMatch(renewed::contains)) {
        end(old);
        return false;
      }
      later.forEach(this::end);
      renewed.add(old);
      return true;
    }

    boolean mayEnroll() {
      return state == LifecycleState.REGISTERED || state == LifecycleState.ACTIVE;
    }
  }

  // RG-2, RG-3, RG-4
  @Test
  void every_sequence_of_acts_leads_where_the_model_says() {
    Cases.check(
        25,
        random -> {
          String name = "device-" + devices++;
          int number = fixture.add(name);
          var model = new Model();
          for (int step = 0; step < STEPS; step++) {
            act(random, name, model);
            assertSame(name, number, model);
          }
        });
  }

  private void act(RandomGenerator random, String name, Model model) {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> move(name, model, STATES.get(random.nextInt(STATES.size())));
      case 3, 4 -> enroll(name, model);
      case 5 -> renew(random, model);
      case 6, 7 -> createToken(random, name, model);
      default -> present(random, name, model);
    }
  }

  private void move(String name, Model model, LifecycleState target) {
    Transition result = fixture.move(name, target);
    if (model.state == target) {
      assertThat(result).isEqualTo(new Transition.Unchanged(target));
    } else if (model.mayMove(target)) {
      assertThat(result).isInstanceOf(Transition.Moved.class);
      model.enter(target);
    } else {
      assertThat(result).isEqualTo(new Transition.Illegal(model.state, target));
    }
  }

  private void enroll(String name, Model model) {
    NewCredential credential = fixture.credential();
    CredentialChange result = fixture.registry.addCredential(spiffe(name), credential, WHY);
    assertThat(result instanceof CredentialChange.Done).isEqualTo(model.mayEnroll());
    if (model.mayEnroll()) {
      model.enroll(credential.fingerprint());
    }
  }

  private void renew(RandomGenerator random, Model model) {
    var all = new ArrayList<>(model.usable);
    all.addAll(model.dead);
    if (!all.isEmpty()) {
      Fingerprint old = all.get(random.nextInt(all.size()));
      NewCredential next = fixture.credential();
      CredentialChange result = fixture.registry.renewCredential(old, next, Duration.ofDays(1));
      boolean allowed = model.renew(old);
      assertThat(result instanceof CredentialChange.Done).isEqualTo(allowed);
      if (allowed) {
        model.issue(next.fingerprint());
      }
    }
  }

  private void createToken(RandomGenerator random, String name, Model model) {
    Hash hash = Registry.tokenHash(Long.toHexString(random.nextLong()));
    TokenCreation result =
        fixture.registry.createToken(device(name), hash, Duration.ofHours(1), OPERATOR);
    assertThat(result instanceof TokenCreation.Created).isEqualTo(model.mayEnroll());
    if (model.mayEnroll()) {
      model.open.add(hash);
    }
  }

  private void present(RandomGenerator random, String name, Model model) {
    var all = new ArrayList<>(model.open);
    all.addAll(model.closed);
    if (!all.isEmpty()) {
      Hash hash = all.get(random.nextInt(all.size()));
      boolean good = model.open.contains(hash) && model.mayEnroll();
      TokenEnrollment.Wanted wanted = fixture.wanted(name, hash, Fixture.SOURCE);
      assertThat(fixture.registry.enroll(wanted) instanceof TokenEnrollment.Enrolled)
          .isEqualTo(good);
      if (good) {
        model.open.remove(hash);
        model.closed.add(hash);
        model.enroll(wanted.credential().fingerprint());
      }
    }
  }

  private void assertSame(String name, int number, Model model) {
    IdentityView view = fixture.registry.view();
    assertThat(view.byNumber(number).orElseThrow().state()).isEqualTo(model.state);
    assertThat(fixture.registry.find(device(name)).orElseThrow().state()).isEqualTo(model.state);
    assertThat(fixture.registry.history(number, 1_000))
        .extracting(HistoryEntry::to)
        .isEqualTo(model.history);
    boolean active = model.state == LifecycleState.ACTIVE;
    for (Fingerprint usable : model.usable) {
      assertThat(view.byCredential(usable).orElseThrow().mayConnect(fixture.now)).isEqualTo(active);
    }
    for (Fingerprint dead : model.dead) {
      assertThat(view.byCredential(dead).orElseThrow().mayConnect(fixture.now)).isFalse();
    }
  }
}
