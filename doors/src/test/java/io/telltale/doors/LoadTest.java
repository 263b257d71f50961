package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.Admission;
import io.telltale.admission.AdmissionLimits;
import io.telltale.admission.AdmissionParts;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.ReplayWindows;
import io.telltale.crypto.Entropy;
import io.telltale.dbtestkit.TestStores;
import io.telltale.fakes.KeyedSealer;
import io.telltale.kernel.KeyedHash;
import io.telltale.kernel.SpiffeId;
import io.telltale.keys.FileBackend;
import io.telltale.keys.Grant;
import io.telltale.keys.KeyAct;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import io.telltale.leases.Operation;
import io.telltale.leases.Sealers;
import io.telltale.log.RecordLog;
import io.telltale.logembedded.EmbeddedLog;
import io.telltale.logembedded.EmbeddedLogConfig;
import io.telltale.record.ReadingHash;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A short load with everything real (TLS, admission, leases, sealed records, fsynced log): shows
 * the CPU that each kind of thread spent per acknowledged message. For a look, not a benchmark;
 * {@code -Dload.messages} makes it longer.
 */
class LoadTest {
  private static final SpiffeId DOOR =
      SpiffeId.parse("spiffe://telltale.local/default/service/door").orElseThrow();
  private static final int MESSAGES = Integer.getInteger("load.messages", 20_000);

  @Test
  void pipelined_load_is_acknowledged_and_durable(@TempDir Path folder) throws Exception {
    try (var plant = new Plant();
        var authority = authority(folder);
        RecordLog log = EmbeddedLog.open(EmbeddedLogConfig.in(folder.resolve("log")));
        MqttDoor door = door(plant, authority, log);
        var load = new Load(plant, door.port(), 100, 10)) {
      load.run(MESSAGES / 4);
      Map<String, Long> before = cpuByThread();
      long started = System.nanoTime();
      load.run(MESSAGES);
      double seconds = (System.nanoTime() - started) / 1e9;
      print(before, cpuByThread(), seconds);
      long stored = 0;
      for (int p = 0; p < RecordLog.PARTITIONS; p++) {
        stored += log.end(p);
      }
      assertThat(stored).isGreaterThanOrEqualTo(MESSAGES + MESSAGES / 4);
    }
  }

  private static KeyAuthority authority(Path folder) {
    var clock = java.time.InstantSource.system();
    var backend =
        FileBackend.open(
            folder.resolve("keys"),
            TestStores.at(folder.resolve("keys").resolve("backend.db")),
            new FileBackend.Environment(new Passphrase.None(), Entropy.system(), clock));
    var authority =
        KeyAuthority.open(
            TestStores.at(folder.resolve("shred").resolve("shred.db")),
            backend,
            Entropy.system(),
            clock);
    authority.grant(Grant.all(DOOR, Operation.SEAL), new KeyAct(DOOR, "test"));
    return authority;
  }

  private static MqttDoor door(Plant plant, KeyAuthority authority, RecordLog log) {
    var windows = new ReplayWindows(new ReadingHash(new KeyedHash(new byte[16])));
    var policy = Plant.policy();
    var identity = new KeyedSealer(DOOR);
    var parts =
        new AdmissionParts(
            AdmissionLimits.standard(),
            log,
            plant.incidents,
            plant.counters,
            plant.clock,
            System::nanoTime,
            plant.view::position,
            windows,
            DOOR.uri());
    var server = plant.ca.server();
    return MqttDoor.open(
        new MqttDoor.Setup(
            plant.loops,
            new Address("127.0.0.1", 0, "--mqtt-port"),
            DoorTls.of(
                server.chain(),
                server.key(),
                ClientCertificate.REQUIRED,
                plant.check(Set.of(SpiffeId.Kind.DEVICE))),
            Plant.ACCEPT,
            Plant.MQTT),
        new DoorParts(
            loop ->
                new Admission(
                    parts,
                    Sealers.create(identity, authority.pinned(), Entropy.system(), plant.clock),
                    loop),
            new DeviceContexts(tenant -> policy, windows, System::nanoTime),
            plant.view,
            plant.sessions,
            plant.incidents,
            plant.counters,
            plant.clock,
            opened -> {},
            DOOR.uri()));
  }

  private static Map<String, Long> cpuByThread() {
    var threads = ManagementFactory.getThreadMXBean();
    var cpu = new TreeMap<String, Long>();
    for (long id : threads.getAllThreadIds()) {
      var info = threads.getThreadInfo(id);
      long nanos = threads.getThreadCpuTime(id);
      if (info != null && nanos > 0) {
        cpu.merge(info.getThreadName().replaceAll("[0-9-]+$", ""), nanos, Long::sum);
      }
    }
    return cpu;
  }

  private static void print(Map<String, Long> before, Map<String, Long> after, double seconds) {
    System.out.printf("load: %d messages, %.0f/s%n", MESSAGES, MESSAGES / seconds);
    after.forEach(
        (name, nanos) -> {
          double micros = (nanos - before.getOrDefault(name, 0L)) / 1e3 / MESSAGES;
          if (micros > 0.1) {
            System.out.printf("load: %6.2f us a message in %s%n", micros, name);
          }
        });
  }
}
