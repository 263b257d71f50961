package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.registry.PolicyCuts;
import java.util.ArrayList;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a policy takes from registered devices, told to programs and to people. */
final class CutsJson {
  private static final int NAMED_MAX = 10;

  private CutsJson() {}

  static void put(ObjectNode answer, PolicyCuts cuts) {
    ArrayNode types = answer.putArray("cutOff");
    cuts.deviceTypes()
        .forEach(
            (type, devices) -> types.addObject().put("deviceType", type).put("devices", devices));
    ArrayNode messages = answer.putArray("lost");
    cuts.messageTypes()
        .forEach(
            (type, devices) ->
                messages.addObject().put("messageType", type).put("devices", devices));
  }

  static Response refusal(PolicyCuts cuts) {
    var what = new ArrayList<String>();
    if (!cuts.deviceTypes().isEmpty()) {
      what.add("cut off " + named(cuts.deviceTypes(), "of the type"));
    }
    if (!cuts.messageTypes().isEmpty()) {
      what.add("not let " + named(cuts.messageTypes(), "send"));
    }
    String message =
        "it would %s. A document takes the place of the whole policy: begin with what './telltale"
                .formatted(String.join(", and ", what))
            + " policy show' prints; or say cutOff (--cut-off) if that is meant";
    return Answers.error(409, "cuts-off", message, more -> put(more, cuts));
  }

  private static String named(SequencedMap<String, Long> counts, String how) {
    var named = new ArrayList<String>();
    for (Map.Entry<String, Long> one : counts.entrySet()) {
      if (named.size() == NAMED_MAX) {
        named.add("%d more".formatted(counts.size() - NAMED_MAX));
        break;
      }
      named.add(devices(one.getValue()) + " " + how + " " + one.getKey());
    }
    return String.join(", ", named);
  }

  private static String devices(long count) {
    return count == 1 ? "1 registered device" : "%d registered devices".formatted(count);
  }
}
