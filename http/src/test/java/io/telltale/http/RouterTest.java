package io.telltale.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.http.HttpExchange.Head;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final Router<String> ROUTER =
      new Router<>(
          List.of(
              new Route<>("GET", "/devices", 0, "list"),
              new Route<>("POST", "/devices", 100, "add"),
              new Route<>("GET", "/devices/{id}", 0, "show"),
              new Route<>("POST", "/devices/{id}/{step}", 200, "move")));

  @Test
  void finds_the_route_and_what_its_placeholders_stand_for() {
    assertThat(ROUTER.match("POST", "/devices"))
        .isEqualTo(new Router.Match.Found<>("add", Map.of()));
    assertThat(ROUTER.match("POST", "/devices/press-1/suspend"))
        .isEqualTo(new Router.Match.Found<>("move", Map.of("id", "press-1", "step", "suspend")));
  }

  @Test
  void tells_a_path_that_takes_other_methods_from_one_that_is_none() {
    assertThat(ROUTER.match("PUT", "/devices/press-1")).isEqualTo(new Router.Match.OtherMethod<>());
    assertThat(ROUTER.match("GET", "/devicesx")).isEqualTo(new Router.Match.NoPath<>());
    assertThat(ROUTER.match("GET", "devices")).isEqualTo(new Router.Match.NoPath<>());
    assertThat(ROUTER.match("GET", "/devices/press-1/suspend/now"))
        .isEqualTo(new Router.Match.NoPath<>());
  }

  @Test
  void an_empty_segment_is_a_segment() {
    assertThat(ROUTER.match("GET", "/devices/"))
        .isEqualTo(new Router.Match.Found<>("show", Map.of("id", "")));
    assertThat(ROUTER.match("GET", "//devices")).isEqualTo(new Router.Match.NoPath<>());
  }

  @Test
  void the_head_decides_how_much_of_a_body_is_taken() {
    assertThat(ROUTER.bodyBytesMax(new Head("POST", "/devices/a/b", List.of()))).isEqualTo(200);
    assertThat(ROUTER.bodyBytesMax(new Head("GET", "/devices", List.of()))).isZero();
    assertThat(ROUTER.bodyBytesMax(new Head("POST", "/nowhere", List.of())))
        .isEqualTo(Router.BODY_BYTES_ELSEWHERE);
  }

  @Test
  void two_routes_for_one_method_and_path_are_a_mistake() {
    var twice = new Route<>("GET", "/devices", 0, "list");
    assertThatThrownBy(() -> new Router<>(List.of(twice, twice)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("GET /devices");
  }
}
