package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.registry.DeviceChange;
import io.telltale.registry.FieldChange;
import io.telltale.registry.NewDevice;
import io.telltale.registry.RecordChange;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.AssetText;
import io.telltale.roster.Policy;
import io.telltale.roster.Principal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Changes what is known of devices, with its history. */
public final class Assets {
  private Assets() {}

  public static RecordChange change(Change change, Policy policy, DeviceChange wanted, Act act)
      throws SQLException {
    SpiffeId id = wanted.id().in(change.trustDomain());
    Optional<Principal> found = Principals.find(change.connection(), id);
    if (found.isEmpty()) {
      return new RecordChange.Unknown();
    }
    Principal device = found.get();
    if (wanted.onlyAfter().isPresent() && wanted.onlyAfter().getAsInt() != device.revision()) {
      return new RecordChange.Stale(device.revision());
    }
    AssetRecord after = wanted.applied(device.asset());
    if (after.equals(device.asset())) {
      return new RecordChange.Unchanged(device.revision());
    }
    List<String> mistakes = new NewDevice(wanted.id(), after).mistakes(policy);
    return mistakes.isEmpty()
        ? changed(change, device, after, act)
        : new RecordChange.Invalid(mistakes);
  }

  private static RecordChange changed(Change change, Principal device, AssetRecord after, Act act)
      throws SQLException {
    int revision = device.revision() + 1;
    Sql.update(
        change.connection(),
        "UPDATE principal SET asset = ?, revision = ? WHERE number = ?",
        AssetText.of(after),
        revision,
        device.number());
    List<FieldChange> changes = between(device.asset(), after);
    History.add(change, device, changes, act);
    var details = new HashMap<String, String>();
    details.put("revision", Integer.toString(revision));
    details.put("reason", act.reason());
    for (FieldChange one : changes) {
      details.put("from." + one.field(), one.before());
      details.put("to." + one.field(), one.after());
    }
    long position = change.record(device, "device.changed", act.actor(), details);
    return new RecordChange.Changed(revision, position);
  }

  /** What differs, in the order of the fields' names. */
  static List<FieldChange> between(AssetRecord before, AssetRecord after) {
    Map<String, String> old = flat(before);
    Map<String, String> now = flat(after);
    var names = new TreeSet<>(old.keySet());
    names.addAll(now.keySet());
    var changes = new ArrayList<FieldChange>();
    for (String name : names) {
      String was = old.getOrDefault(name, "");
      String is = now.getOrDefault(name, "");
      if (!was.equals(is) || old.containsKey(name) != now.containsKey(name)) {
        changes.add(new FieldChange(name, was, is));
      }
    }
    return changes;
  }

  private static Map<String, String> flat(AssetRecord asset) {
    var flat = new TreeMap<>(AssetText.details(asset));
    asset.labels().forEach((key, value) -> flat.put("labels." + key, value));
    return flat;
  }
}
