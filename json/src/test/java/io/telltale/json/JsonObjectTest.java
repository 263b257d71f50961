package io.telltale.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class JsonObjectTest {
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(1_000, 5));

  private final List<String> mistakes = new ArrayList<>();

  private JsonObject object(String json) {
    return new JsonObject(
        "", PROFILE.parse(Bytes.utf8(json)), (place, what) -> mistakes.add(place + " " + what));
  }

  private void finds(String json, Consumer<JsonObject> reading, String mistake) {
    mistakes.clear();
    reading.accept(object(json));
    assertThat(mistakes).containsExactly(mistake);
  }

  @Test
  void reads_what_is_there_and_what_need_not_be() {
    JsonObject object = object("{\"a\":\"x\",\"n\":3,\"t\":[\"y\"],\"m\":{\"k\":null},\"e\":\"\"}");

    assertThat(object.text("a", 1)).isEqualTo("x");
    assertThat(object.whole("n", 0, 3)).isEqualTo(3);
    assertThat(object.texts("t", 1)).containsExactly("y");
    assertThat(object.members("m", 1)).containsOnlyKeys("k");
    assertThat(object.givenText("e", 1)).contains("");
    assertThat(object.givenText("none", 1)).isEmpty();
    assertThat(object.optionalWhole("none", 7, 0, 1)).isEqualTo(7);
    assertThat(object.members("none", 1)).isEmpty();
    object.only(Set.of("a", "n", "t", "m", "e"));
    assertThat(mistakes).isEmpty();
  }

  @Test
  void names_each_mistake_by_its_place() {
    finds("[]", object -> {}, " must be an object");
    finds("{\"a\":\"\"}", object -> object.text("a", 9), "/a must not be empty");
    finds("[]", object -> object.text("a", 9), " must be an object");
    finds("{\"a\":\"xy\"}", object -> object.text("a", 1), "/a must have at most 1 characters");
    finds("{\"a\":1}", object -> object.givenText("a", 9), "/a must be a text");
    finds(
        "{\"a\":1.5}", object -> object.whole("a", 0, 9), "/a must be a whole number from 0 to 9");
    finds("{\"a\":1}", object -> object.flag("a"), "/a must be true or false");
    finds("{\"a\":[1]}", object -> object.texts("a", 9), "/a must hold texts only");
    finds(
        "{\"a\":[]}",
        object -> object.members("a", 2),
        "/a must be an object of at most 2 members");
    finds("{\"a/b\":1}", object -> object.only(Set.of()), "/a~1b is unknown here; known are []");
    finds(
        "{\"a\":[{},{\"b\":1}]}",
        object -> object.each("a", 2, each -> each.givenText("b", 9)),
        "/a/1/b must be a text");
  }

  @Test
  void reads_harmless_values_instead_of_wrong_ones() {
    JsonObject object = object("{\"a\":\"far too long\",\"n\":99,\"t\":7}");

    assertThat(object.text("a", 3)).isEmpty();
    assertThat(object.whole("n", 1, 9)).isOne();
    assertThat(object.texts("t", 9)).isEmpty();
  }
}
