package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.DeviceChange;
import io.telltale.registry.DeviceQuery;
import io.telltale.registry.NewDevice;
import io.telltale.registry.RecordChange;
import io.telltale.registry.Registration;
import io.telltale.registry.Registry;
import io.telltale.registry.Transition;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.roster.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Devices, and their lives (RG-1, RG-2). */
final class DeviceRoutes {
  private static final Set<Role> READERS = EnumSet.allOf(Role.class);
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);
  private static final int HISTORY_MAX = 1_000;

  /** What the paths call the steps of a device's life. */
  private static final Map<String, LifecycleState> STEPS =
      Map.of(
          "quarantine", LifecycleState.QUARANTINED,
          "release", LifecycleState.ACTIVE,
          "disable", LifecycleState.DISABLED,
          "revoke", LifecycleState.COMPROMISED,
          "retire", LifecycleState.RETIRED,
          "readmit", LifecycleState.REGISTERED);

  private static final String STATES =
      Stream.of(LifecycleState.values())
          .map(LifecycleState::text)
          .collect(Collectors.joining(", "));

  private final ApiParts parts;
  private final Registry registry;
  private final ReturnRoute returns;

  DeviceRoutes(ApiParts parts) {
    this.parts = parts;
    this.registry = parts.registry();
    this.returns = new ReturnRoute(registry.returns());
  }

  List<Route<Operation>> routes() {
    var routes = new ArrayList<Route<Operation>>();
    routes.add(Operation.get("/v1/devices", READERS, DeviceRoutes::filters, this::list));
    routes.add(Operation.post("/v1/devices", WRITERS, call -> call.withBody(this::add)));
    routes.add(Operation.get("/v1/devices/{id}", READERS, this::show));
    routes.add(Operation.get("/v1/devices/{id}/history", READERS, this::history));
    routes.add(Operation.post("/v1/devices/{id}/set", WRITERS, this::set));
    routes.add(Operation.post("/v1/devices/{id}/allow-return", WRITERS, returns::allow));
    STEPS.forEach(
        (step, target) ->
            routes.add(
                Operation.post("/v1/devices/{id}/" + step, WRITERS, call -> move(call, target))));
    return routes;
  }

  private static boolean filters(String name) {
    return Set.of("limit", "after", "state").contains(name) || DeviceQuery.validAttribute(name);
  }

  private Response list(Call call) {
    var mistakes = new ArrayList<String>();
    int limit = Numbers.bounded(call.query("limit"), 100, 1, 1_000, "limit", mistakes).intValue();
    Set<LifecycleState> states = EnumSet.noneOf(LifecycleState.class);
    var attributes = new HashMap<String, String>();
    call.request()
        .query()
        .forEach(
            (name, value) -> {
              if (name.equals("state")) {
                LifecycleState.ofText(value)
                    .ifPresentOrElse(
                        states::add, () -> mistakes.add("state must be one of " + STATES));
              } else if (DeviceQuery.validAttribute(name)) {
                attributes.put(name, value);
              }
            });
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    TenantId tenant = call.caller().tenant();
    List<Principal> found =
        registry.list(new DeviceQuery(tenant, call.query("after"), limit + 1, states, attributes));
    boolean more = found.size() > limit;
    List<Principal> page = more ? found.subList(0, limit) : found;
    ObjectNode body = Answers.object();
    ArrayNode devices = body.putArray("devices");
    page.forEach(device -> devices.add(DeviceJson.of(device)));
    body.put("next", more ? page.getLast().id().name() : null);
    return Answers.json(200, body);
  }

  private Response add(Caller caller, JsonBody body) {
    String id = DeviceJson.id(body, "id");
    AssetRecord asset = DeviceJson.asset(body);
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    DeviceId device = caller.device(id);
    return switch (registry.addDevice(new NewDevice(device, asset), caller.actor())) {
      case Registration.Registered registered -> shown(201, device);
      case Registration.Unchanged unchanged -> shown(200, device);
      case Registration.Conflict conflict ->
          Answers.error(409, "conflict", DeviceJson.text(id, conflict));
      case Registration.Invalid invalid -> Answers.invalid(invalid.mistakes());
    };
  }

  private Response show(Call call) {
    return call.device().map(device -> shown(200, device)).orElse(Answers.notFound("device"));
  }

  private Response shown(int status, DeviceId id) {
    return registry
        .find(id)
        .map(
            device ->
                Answers.json(
                    status,
                    DeviceJson.of(
                            device,
                            registry.credentials(device.number()),
                            parts.facts().refusals(id))
                        .put("deadLetters", deadLetters(id))))
        .orElse(Answers.notFound("device"));
  }

  private long deadLetters(DeviceId id) {
    return parts
        .letters()
        .count(new LetterOperations.Wanted(id.tenant(), Optional.of(id), "", OptionalLong.empty()));
  }

  private Response history(Call call) {
    Optional<Principal> found = call.device().flatMap(registry::find);
    if (found.isEmpty()) {
      return Answers.notFound("device");
    }
    ObjectNode body = Answers.object().put("id", found.get().id().name());
    ArrayNode steps = body.putArray("history");
    registry
        .history(found.get().number(), HISTORY_MAX)
        .forEach(entry -> steps.add(DeviceJson.of(entry)));
    return Answers.json(200, body);
  }

  private Response set(Call call) {
    Optional<DeviceId> device = call.device();
    if (device.isEmpty()) {
      return Answers.notFound("device");
    }
    return call.withBody(
        (caller, body) -> {
          DeviceChange wanted = DeviceJson.change(body, device.get());
          String reason = body.optionalText("reason", 256);
          if (!reason.isEmpty() && !Act.validReason(reason)) {
            body.mistake("reason must be 1 to 256 printable characters");
          }
          return body.problem()
              .orElseGet(() -> set(wanted, caller.act(reason.isEmpty() ? "changed" : reason)));
        });
  }

  private Response set(DeviceChange wanted, Act act) {
    ObjectNode body = Answers.object().put("id", wanted.id().name());
    return switch (registry.changeDevice(wanted, act)) {
      case RecordChange.Changed(int revision, long position) ->
          Answers.json(
              200, body.put("revision", revision).put("changed", true).put("position", position));
      case RecordChange.Unchanged(int revision) ->
          Answers.json(200, body.put("revision", revision).put("changed", false));
      case RecordChange.Stale(int revision) ->
          Answers.error(
              409,
              "stale",
              "it is at revision %d: look at it again before you change it".formatted(revision));
      case RecordChange.Invalid(List<String> mistakes) -> Answers.invalid(mistakes);
      case RecordChange.Unknown _ -> Answers.notFound("device");
    };
  }

  private Response move(Call call, LifecycleState target) {
    return call.withBody(
        (caller, body) -> {
          String reason = body.text("reason", 256);
          if (!reason.isEmpty() && !Act.validReason(reason)) {
            body.mistake("reason must be 1 to 256 printable characters");
          }
          return body.problem()
              .orElseGet(
                  () ->
                      call.device()
                          .map(device -> moved(device, target, caller.act(reason)))
                          .orElse(Answers.notFound("device")));
        });
  }

  private Response moved(DeviceId device, LifecycleState target, Act act) {
    ObjectNode body = Answers.object().put("id", device.name()).put("state", target.text());
    return switch (registry.transition(device, target, act)) {
      case Transition.Moved moved -> {
        body.put("from", moved.from().text())
            .put("changed", true)
            .put("position", moved.position());
        confirmations(body, device, moved.position());
        yield Answers.json(200, body);
      }
      case Transition.Unchanged unchanged -> Answers.json(200, body.put("changed", false));
      case Transition.Illegal illegal ->
          Answers.error(
              409,
              "illegal-transition",
              "a device that is %s cannot become %s: %s"
                  .formatted(
                      illegal.from().text(),
                      illegal.to().text(),
                      NextStep.of(device.name(), illegal.from(), illegal.to())));
      case Transition.Unknown unknown -> Answers.notFound("device");
    };
  }

  private void confirmations(ObjectNode body, DeviceId device, long position) {
    ArrayNode cuts = body.putArray("cuts");
    registry
        .view()
        .byDevice(device)
        .filter(identity -> !identity.state().mayConnect())
        .ifPresent(
            identity -> {
              for (ServerFacts.Cut cut : parts.facts().cuts(identity.number(), position)) {
                cuts.addObject()
                    .put("node", cut.node())
                    .put("sessions", cut.sessions())
                    .put("millis", cut.took().toNanos() / 1e6);
              }
            });
  }
}
