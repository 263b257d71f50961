package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.TenantId;
import io.telltale.testkit.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SearchSlotsTest {
  private static final TenantId ONE = new TenantId("one");
  private static final TenantId TWO = new TenantId("two");
  private static final TenantId THREE = new TenantId("three");

  private final List<String> begun = Collections.synchronizedList(new ArrayList<>());

  private static SearchSlots slots(Duration waitMax) {
    return new SearchSlots(new SearchSlots.Bounds(2, 3, 2, waitMax));
  }

  /** A search that lasts until it is told to end. */
  private final class Search {
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final CompletableFuture<Optional<String>> found;

    Search(SearchSlots slots, TenantId tenant, String name) {
      found =
          CompletableFuture.supplyAsync(
              () ->
                  slots.search(
                      tenant,
                      () -> {
                        begun.add(name);
                        return end.join();
                      }),
              Thread::startVirtualThread);
    }
  }

  private Search begin(SearchSlots slots, TenantId tenant, String name)
      throws InterruptedException {
    var search = new Search(slots, tenant, name);
    Waiting.until(name + " has begun", 10, () -> begun.contains(name));
    return search;
  }

  private Search queue(SearchSlots slots, TenantId tenant, String name)
      throws InterruptedException {
    int before = slots.waiting();
    var search = new Search(slots, tenant, name);
    Waiting.until(name + " waits", 10, () -> slots.waiting() == before + 1);
    return search;
  }

  @Test
  void one_of_a_tenant_searches_at_a_time_and_two_in_all_the_first_that_may_before_others()
      throws InterruptedException {
    SearchSlots slots = slots(Duration.ofMinutes(1));
    Search first = begin(slots, ONE, "first");
    Search mine = queue(slots, ONE, "mine");
    Search second = begin(slots, TWO, "second");
    Search third = queue(slots, THREE, "third");
    second.end.complete("");
    Waiting.until("the other tenant's", 10, () -> begun.contains("third"));
    assertThat(begun).containsExactly("first", "second", "third");
    first.end.complete("what it found");
    Waiting.until("mine", 10, () -> begun.contains("mine"));
    mine.end.complete("");
    third.end.complete("");
    assertThat(first.found.join()).hasValue("what it found");
    assertThat(mine.found.join()).isPresent();
    assertThat(third.found.join()).isPresent();
    assertThat(slots.waiting()).isZero();
  }

  @Test
  void who_waited_in_vain_is_told_so() throws InterruptedException {
    SearchSlots slots = slots(Duration.ofMillis(50));
    Search first = begin(slots, ONE, "first");
    assertThat(slots.search(ONE, () -> "never")).isEmpty();
    assertThat(slots.search(TWO, () -> "at once")).hasValue("at once");
    Search second = begin(slots, TWO, "second");
    assertThat(slots.search(THREE, () -> "never")).isEmpty();
    assertThat(slots.waiting()).isZero();
    first.end.complete("");
    second.end.complete("");
  }

  @Test
  void no_more_wait_than_may_of_one_and_of_all() throws InterruptedException {
    SearchSlots slots = slots(Duration.ofMinutes(1));
    List<Search> all =
        new ArrayList<>(List.of(begin(slots, ONE, "first"), begin(slots, TWO, "second")));
    all.add(queue(slots, ONE, "third"));
    all.add(queue(slots, ONE, "fourth"));
    assertThat(slots.search(ONE, () -> "never")).isEmpty();
    all.add(queue(slots, TWO, "fifth"));
    assertThat(slots.search(THREE, () -> "never")).isEmpty();
    all.forEach(search -> search.end.complete(""));
    assertThat(all).allSatisfy(search -> assertThat(search.found.join()).isPresent());
  }

  @Test
  void a_search_that_fails_leaves_its_slot() {
    SearchSlots slots = slots(Duration.ZERO);
    assertThatThrownBy(
            () ->
                slots.search(
                    ONE,
                    () -> {
                      throw new IllegalStateException("broken");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(slots.search(ONE, () -> "found")).hasValue("found");
  }
}
