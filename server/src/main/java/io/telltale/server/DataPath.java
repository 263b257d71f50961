package io.telltale.server;

import io.telltale.db.AuthenticStore;
import io.telltale.db.Database;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.ScopeKey;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.LakeParts;
import io.telltale.leases.KeyService;
import io.telltale.leases.KeyState;
import io.telltale.leases.Openers;
import io.telltale.leases.Operation;
import io.telltale.leases.StateSeal;
import io.telltale.log.RecordLog;
import io.telltale.logembedded.EmbeddedLog;
import io.telltale.logembedded.EmbeddedLogConfig;
import io.telltale.logembedded.LogCheck;
import io.telltale.objects.ObjectStore;
import io.telltale.objectslocal.LocalObjects;
import io.telltale.pipeline.DeadLetters;
import io.telltale.pipeline.LeafArrays;
import io.telltale.pipeline.Pipeline;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.PipelineSettings;
import io.telltale.pipeline.ScopeGate;
import io.telltale.registry.RegistryBook;
import io.telltale.server.data.DataFolder;
import io.telltale.server.metrics.Metrics;
import io.telltale.server.metrics.Standstills;
import io.telltale.server.upkeep.Lookout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** From the log to the lake: the role {@code pipeline}, and what queries read. */
public record DataPath(
    EmbeddedLog log,
    AuthenticStore store,
    LeafArrays leaves,
    Lake lake,
    Pipeline pipeline,
    DeadLetters letters,
    Standstills standstills) {
  private static final Set<KeyState> CLOSED =
      EnumSet.of(KeyState.DISABLED, KeyState.PENDING_DESTRUCTION);

  static DataPath open(
      Config config,
      Budget budget,
      DataFolder folder,
      Foundation foundation,
      Metrics metrics,
      Closing closing) {
    ObjectStore objects = objects(folder);
    SpiffeId self = foundation.names().pipeline();
    var standstills = new Standstills(foundation.clock(), metrics);
    Database database = closing.add(database(foundation));
    foundation.anchors().admit(database.store());
    // Before one is made in the place of a log that is gone.
    requireLog(folder, database);
    EmbeddedLog log = closing.add(EmbeddedLog.open(log(config, budget, folder)));
    Lake lake =
        closing.add(lake(foundation, database, objects, new Shared(budget.lake(), standstills)));
    StateSeal seal = foundation.keys().stateSeal(self);
    var sealers = new RegisteredSealers(foundation.registry());
    Pipeline pipeline =
        closing.add(
            Pipeline.open(
                new PipelineParts(
                    settings(config, budget),
                    log,
                    database,
                    lake.writer(),
                    objects,
                    (partition, state, memory) ->
                        Openers.open(
                            new Openers.Setup(
                                partition,
                                self,
                                foundation.keys(),
                                sealers,
                                seal,
                                foundation.clock()),
                            state,
                            memory),
                    new LedgerStatements(foundation.ledger(), sealers),
                    foundation.registry().view(),
                    new RegistryBook(foundation.registry()),
                    foundation.registry().policies(),
                    scope -> gate(foundation.keys(), scope, self),
                    seal,
                    foundation.keys().fileKeys(self),
                    foundation.entropy(),
                    self,
                    foundation.clock(),
                    System::nanoTime,
                    metrics,
                    standstills)));
    foundation.ledger().attach(pipeline.outbox());
    show(metrics, log, pipeline);
    var letters = new DeadLetters(database, foundation.keys()::fileKeys);
    return new DataPath(
        log,
        database.store(),
        new LeafArrays(database, objects),
        lake,
        pipeline,
        letters,
        standstills);
  }

  private static void show(Metrics metrics, RecordLog log, Pipeline pipeline) {
    metrics.gauge("log.available", () -> log.available() ? 1 : 0);
    metrics.gauge("pipeline.lag", () -> pipeline.status().totalLag());
    metrics.gauge("pipeline.set.aside.records", () -> pipeline.status().setAside().total());
    metrics.gauge("pipeline.set.aside.bytes", () -> pipeline.status().setAside().bytes());
    metrics.gauge("pipeline.set.aside.scopes", () -> pipeline.status().setAside().records().size());
  }

  /** Throws where the log on the disk ends before what was made of it. */
  public static void requireLog(DataFolder folder, Database database) {
    LogCheck.ends(folder.part("log"))
        .ifPresent(ends -> Pipeline.requireLog(database, partition -> ends[partition]));
  }

  static EmbeddedLogConfig log(Config config, Budget budget, DataFolder folder) {
    return EmbeddedLogConfig.in(folder.part("log"))
        .withQueuedBytesMax(budget.logQueueBytes())
        .withFreeBytesMarks(config.disk().freeLowBytes(), config.disk().freeHighBytes());
  }

  static PipelineSettings settings(Config config, Budget budget) {
    return PipelineSettings.standard(EmbeddedLog.RECENT_BYTES)
        .but()
        .commitEvery(config.pipeline().commitEvery())
        .recordsMax(config.pipeline().recordsMax())
        .bytesMax(budget.commitBytes())
        .setAsideBytesMax(config.disk().setAsideBytes())
        .leaseBytesMax(budget.leaseBytes())
        .windowBytesMax(budget.windowBytes())
        .build();
  }

  public static ObjectStore objects(DataFolder folder) {
    return new LocalObjects(folder.part("lake").resolve("objects"), Lake::isFolder);
  }

  public static Database database(Foundation foundation) {
    return Pipeline.database(
        foundation.stores().of("pipeline"), foundation.backend().storeSeal("pipeline"));
  }

  /** What the lake has of the whole server. */
  public record Shared(LakeMemory memory, Halts halts) {}

  public static Lake lake(
      Foundation foundation, Database database, ObjectStore objects, Shared shared) {
    Outbox outbox = Pipeline.outboxOf(database);
    foundation.ledger().requireTaken(outbox);
    return Lake.open(
        new LakeParts(
            database,
            objects,
            foundation.keys()::fileKeys,
            foundation.ledger(),
            Lake.history(foundation.ledger(), outbox),
            foundation.names().pipeline(),
            foundation.clock(),
            foundation.entropy(),
            shared.halts()),
        shared.memory());
  }

  private static ScopeGate.Use gate(KeyService keys, Scope scope, SpiffeId self) {
    return switch (keys.standing(scope, Operation.WRAP, self)) {
      case ALLOWED -> ScopeGate.Use.OPEN;
      case DENIED, DISABLED -> ScopeGate.Use.HELD;
      case DESTROYED -> ScopeGate.Use.GONE;
    };
  }

  Lookout lookout(Foundation foundation) {
    var outboxes =
        List.of(foundation.registry().outbox(), foundation.keys().outbox(), pipeline.outbox());
    var parts =
        new Lookout.Parts(
            log::trouble,
            () -> foundation.ledger().status().problem(),
            outboxes,
            () -> closed(foundation.keys()));
    return new Lookout(standstills, parts, System::nanoTime);
  }

  private static Set<Scope> closed(KeyAuthority keys) {
    return keys.list().stream()
        .filter(key -> CLOSED.contains(key.state()))
        .map(ScopeKey::scope)
        .collect(Collectors.toSet());
  }

  long lag() {
    return pipeline.status().totalLag();
  }
}
