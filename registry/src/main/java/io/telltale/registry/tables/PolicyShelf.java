package io.telltale.registry.tables;

import io.telltale.db.Database;
import io.telltale.kernel.TenantId;
import io.telltale.roster.Policy;
import io.telltale.roster.PolicyBook;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The policies in force in memory, and some earlier ones that were asked for. */
public final class PolicyShelf implements PolicyBook {
  /** The version of a tenant that has put none in force. */
  public static final long NONE = 0;

  private static final int EARLIER_MAX = 64;

  private final Database database;
  private final Policy factory = Policy.factory();
  private final Map<TenantId, Policy> inForce = new ConcurrentHashMap<>();
  // Under its own lock.
  private final Map<Key, Policy> earlier =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Policy> eldest) {
          return size() > EARLIER_MAX;
        }
      };

  private record Key(TenantId tenant, long version) {}

  public PolicyShelf(Database database) {
    this.database = database;
    inForce.putAll(database.read(Policies::inForce));
  }

  public boolean isKept(TenantId tenant) {
    return inForce.containsKey(tenant);
  }

  public void show(TenantId tenant, Policy policy) {
    inForce.put(tenant, policy);
  }

  @Override
  public Policy inForce(TenantId tenant) {
    return inForce.getOrDefault(tenant, factory);
  }

  @Override
  public Optional<Policy> version(TenantId tenant, long version) {
    Policy current = inForce(tenant);
    if (current.version() == version) {
      return Optional.of(current);
    }
    var key = new Key(tenant, version);
    synchronized (earlier) {
      Policy known = earlier.get(key);
      if (known != null) {
        return Optional.of(known);
      }
    }
    Optional<Policy> found =
        database
            .read(connection -> Policies.find(connection, tenant, version))
            .map(Policies::parsed);
    found.ifPresent(
        policy -> {
          synchronized (earlier) {
            earlier.put(key, policy);
          }
        });
    return found;
  }
}
