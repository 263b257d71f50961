package io.telltale.e2e.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules, over the packages below {@code root}, so that fixtures can prove that each can fail.
 */
final class Rules {
  /** Where true randomness and the environment enter. */
  private static final Set<String> COMPOSITION_ROOTS = Set.of("server", "device", "cli");

  /** Who reads the system's clock; all others are given one. */
  static final Set<String> READING_CLOCKS =
      Set.of(
          // Where the parts are made and given theirs.
          "server.DataPath",
          "server.Foundation",
          "server.Listeners",
          "server.Server",
          "server.checks.FolderCheck",
          "server.command.AgentCommand",
          "server.command.RootCommand",
          "server.upkeep.Upkeep",
          // The pace and the place of the rounds, a dry run's bound, an agent's input.
          "server.checks.ScrubPlace",
          "server.checks.SlowPace",
          "server.operations.LogRehearsals",
          "server.command.AgentFeed",
          // The demo, which is a day in the life.
          "server.demo.Demo",
          "server.demo.Factory",
          "server.demo.Story",
          "server.demo.Summary",
          // The server's certificate and how long its answer may take, and a token file's end.
          "cli.api.Connection",
          "cli.device.TokenFiles");

  private static final Set<String> DRIVERS =
      Set.of("dbsqlite", "dbpostgres", "logembedded", "objectslocal");

  /** Whose tables are their own: these may speak SQL. */
  private static final Set<String> WITH_STORES =
      Set.of(
          "db",
          "dbsqlite",
          "dbpostgres",
          "registry",
          "keys",
          "ledger",
          "engine",
          "lake",
          "pipeline");

  /** Who makes statements by hand; stores give theirs to {@code db.Sql}. */
  private static final Set<String> WITH_STATEMENTS =
      Set.of("db", "dbsqlite", "dbpostgres", "engine");

  private static final Set<String> NAMING_SOCKETS =
      Set.of("crypto.x509.OneKey", "crypto.x509.PeerTrustManager", "dbpostgres.KeepAliveSockets");

  private static final Set<String> WITH_SOCKETS = Set.of("doors", "device", "cli", "server");

  /** {@code PrivateFiles}; the objects, which are synced many at once. */
  private static final Set<String> WITH_FILES = Set.of("kernel", "objectslocal");

  private static final Set<String> HOLDING_KEYS =
      Set.of("crypto", "keys", "leases", "ledger", "proof", "record");

  /** Feature packages that a module opens to others, since its root package would be too wide. */
  private static final Set<String> OPEN_FEATURES = Set.of("crypto.pkcs11", "crypto.x509");

  /**
   * Whose rooms know of the root package what is made of rooms: the commands, the API and the
   * upkeep speak of the parts that the composition root has put together.
   */
  private static final Set<String> KNOWING_THEIR_MAKER = Set.of("server");

  /** Who reads JSON by another reader, and why: ADR 0260. */
  private static final Set<String> WITH_JSON_READERS =
      Set.of(
          "json.JsonProfile",
          // CBOR, CSV, YAML.
          "message.PayloadTree",
          "device.CsvRows",
          "server.ConfigReader",
          // What our own server answered.
          "cli.api.Answer",
          "cli.api.Connection",
          "cli.device.EnrollTokenCommand",
          "cli.policy.PolicyFile",
          "server.demo.Story",
          // What the profile has read, kept by us as text; the first also what the caged worker
          // says
          // of an analyst's SQL, which is refused unless it is understood.
          "lake.table.Json",
          "message.PlainShapes",
          "registry.tables.History",
          "roster.AssetText",
          "server.api.PolicyWarnings");

  private static final Pattern CLOCK =
      Pattern.compile(
          "java\\.time\\.\\w+\\.now"
              + "|java\\.time\\.(Clock|InstantSource)\\.system\\w*"
              + "|java\\.lang\\.System\\.(currentTimeMillis|nanoTime)");
  private static final Pattern ENVIRONMENT = Pattern.compile("java\\.lang\\.System\\.getenv");
  private static final Pattern SLEEP = Pattern.compile("java\\.lang\\.Thread\\.sleep");
  private static final Pattern STACK_TRACE = Pattern.compile(".*\\.printStackTrace");
  private static final Pattern STATEMENTS =
      Pattern.compile(
          "(java\\.sql\\.Connection|org\\.duckdb\\.DuckDBConnection)"
              + "\\.(create|prepare)Statement");
  private static final Pattern JSON_READING =
      Pattern.compile("tools\\.jackson\\..*\\.(read(Tree|Value|Values)|createParser)");
  private static final Pattern NAMES_OF_FILES =
      Pattern.compile("java\\.nio\\.file\\.Files\\.(move|createDirector(y|ies))");
  private static final Pattern RANDOMNESS =
      Pattern.compile(
          "java\\.security\\.SecureRandom\\.(<init>|getInstance\\w*)"
              + "|java\\.util\\.Random\\.<init>|java\\.lang\\.Math\\.random"
              + "|java\\.util\\.concurrent\\.ThreadLocalRandom\\.current"
              + "|java\\.util\\.UUID\\.randomUUID"
              + "|java\\.util\\.SplittableRandom\\.<init>"
              + "|java\\.util\\.random\\.RandomGenerator\\.(getDefault|of)");

  /** The one that is given no randomness makes its own. */
  private static final String SHUFFLE = "java.util.Collections.shuffle(java.util.List)";

  private final String root;

  Rules(String root) {
    this.root = root;
  }

  Map<String, ArchRule> all() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    Modules.ARROWS.keySet().forEach(module -> rules.put("arrows of " + module, arrows(module)));
    rules.put("features are internal", featuresAreInternal());
    rules.put("no cycles", noCycles());
    rules.put("words alone", wordsAlone());
    rules.put("drivers", drivers());
    rules.put("sockets", sockets());
    rules.put("SQL", sql());
    rules.put(
        "statements",
        calls(STATEMENTS, WITH_STATEMENTS, "stores speak SQL in one way, db.Sql, ADR-0261"));
    rules.put("clock", clock());
    rules.put("randomness", randomness());
    rules.put(
        "environment",
        calls(ENVIRONMENT, COMPOSITION_ROOTS, "configuration is read once, at the root, ADR-0006"));
    rules.put("sleep", calls(SLEEP, Set.of(), "waiting is for a condition or a timer, ADR-0006"));
    rules.put(
        "stack traces",
        calls(STACK_TRACE, Set.of(), "a stack trace can carry what is protected, ADR-0007"));
    rules.put(
        "durable files",
        calls(NAMES_OF_FILES, WITH_FILES, "a name outlives a power cut once its folder does"));
    rules.put("one JSON profile", jsonReaders());
    rules.put("one base64", base64());
    rules.put("one provider", provider());
    rules.put("silent keys", silentKeys());
    rules.put("serialization", serialization());
    return rules;
  }

  private ArchRule arrows(String module) {
    String[] reach = Modules.reach(module).stream().map(this::below).toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(below(module))
        .should()
        .dependOnClassesThat(resideInAPackage(root + "..").and(not(resideInAnyPackage(reach))))
        .because("a module exists to keep a dependency out; its arrows are in Modules, ADR-0005");
  }

  private ArchRule featuresAreInternal() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        // Whatever names a type depends on it: a field, a parameter, a supertype.
        .should(
            new Having(
                "reach into another module's feature package",
                type ->
                    type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(each -> reachesInto(type, each.getTargetClass()))))
        .because("a module's API is its root package, ADR-0005");
  }

  private boolean reachesInto(JavaClass origin, JavaClass target) {
    String path = inside(target);
    return path.contains(".")
        && OPEN_FEATURES.stream().noneMatch(path::startsWith)
        && !moduleOf(origin).equals(moduleOf(target));
  }

  // Of rooms alone. That none goes by way of a root, which makes the rooms, is for wordsAlone.
  private ArchRule noCycles() {
    return slices()
        .assignedFrom(new Rooms())
        .should()
        .beFreeOfCycles()
        // The one program's entry names every command, and the demo types commands as a person
        // does.
        .ignoreDependency(
            describe("the entry", t -> t.getName().equals(root + ".server.command.Main")),
            describe("all", t -> true))
        .because("packages in a cycle are one package, ADR-0005");
  }

  private ArchRule wordsAlone() {
    return noClasses()
        .that(inModulesOtherThan(KNOWING_THEIR_MAKER).and(describe("in a room", this::isInRoom)))
        .should(
            new Having(
                "know what is made of rooms",
                type -> inItsModule(type).anyMatch(each -> !isInRoom(each) && knowsRooms(each))))
        .because("who makes a room and is known in it is in it, ADR-0256");
  }

  private boolean isInRoom(JavaClass type) {
    return inside(type).contains(".");
  }

  /** Itself, or by what it knows in its module's root, however far. */
  private boolean knowsRooms(JavaClass type) {
    Set<JavaClass> seen = new HashSet<>();
    Deque<JavaClass> open = new ArrayDeque<>(Set.of(type));
    while (!open.isEmpty()) {
      for (JavaClass known : inItsModule(open.pop()).toList()) {
        if (isInRoom(known)) {
          return true;
        }
        if (seen.add(known)) {
          open.push(known);
        }
      }
    }
    return false;
  }

  private Stream<JavaClass> inItsModule(JavaClass type) {
    return type.getDirectDependenciesFromSelf().stream()
        .map(each -> each.getTargetClass())
        .filter(each -> moduleOf(each).equals(moduleOf(type)));
  }

  /** Each feature package is one; the roots of modules are none, whose arrows Maven holds. */
  private final class Rooms implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      String path = inside(type);
      return path.contains(".") ? SliceIdentifier.of(path) : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "feature packages";
    }
  }

  // The load of the bench and all tests are not looked at; the others are given ports.
  private ArchRule drivers() {
    return noClasses()
        .that(inModulesOtherThan(Set.of("server")))
        .should(
            new Having(
                "name another module's driver",
                type ->
                    type.getDirectDependenciesFromSelf().stream()
                        .map(each -> moduleOf(each.getTargetClass()))
                        .anyMatch(m -> DRIVERS.contains(m) && !m.equals(moduleOf(type)))))
        .because("a port is there so that another driver can be, ADR-0261");
  }

  private ArchRule sockets() {
    // They open none: the JDK's types for TLS keys and trust name them.
    return noClasses()
        .that(inModulesOtherThan(WITH_SOCKETS).and(not(named(NAMING_SOCKETS))))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.netty..", "java.net.http..", "com.sun.net.httpserver..")
                .or(
                    describe(
                        "sockets", type -> type.getName().matches("java\\.net\\.\\w*Socket\\w*"))))
        .because("the domain decides, the doors speak protocols, ADR-0005");
  }

  private ArchRule sql() {
    return noClasses()
        .that(inModulesOtherThan(WITH_STORES))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..", "org.postgresql.."))
        .because("only the modules that own tables speak SQL, ADR-0005");
  }

  private ArchRule jsonReaders() {
    return noClasses()
        .that(resideInAPackage(root + "..").and(not(named(WITH_JSON_READERS))))
        .should()
        .accessTargetWhere(targets(JSON_READING))
        .because("one place says what is JSON, ADR-0260");
  }

  private ArchRule base64() {
    return noClasses()
        .that(resideInAPackage(root + "..").and(not(named(Set.of("kernel.Base64Text")))))
        .should()
        .dependOnClassesThat(resideInAPackage("java.util").and(simpleNameStartingWith("Base64")))
        .because("two texts must not mean the same bytes, and one class says where they may");
  }

  private ArchRule provider() {
    return noClasses()
        .that(inModulesOtherThan(Set.of("crypto")))
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.conscrypt..")
                .or(describe("Boring", t -> t.getName().equals(root + ".crypto.Boring"))))
        .because("what an algorithm may be asked for is a method of crypto, ADR-0005");
  }

  private DescribedPredicate<JavaClass> named(Set<String> types) {
    return describe(
        "one of " + types,
        type -> types.contains(type.getName().substring(root.length() + 1).split("\\$", 2)[0]));
  }

  /** Those of {@code types} that read the clock, as {@link #READING_CLOCKS} names them. */
  static Set<String> readingClocks(String root, JavaClasses types) {
    return types.stream()
        .filter(type -> type.getAccessesFromSelf().stream().anyMatch(targets(CLOCK)))
        .map(type -> type.getName().substring(root.length() + 1).split("\\$", 2)[0])
        .collect(Collectors.toSet());
  }

  private ArchRule clock() {
    return noClasses()
        .that(resideInAPackage(root + "..").and(not(named(READING_CLOCKS))))
        .should()
        .accessTargetWhere(targets(CLOCK))
        .because("time is an input, ADR-0006");
  }

  private ArchRule randomness() {
    DescribedPredicate<JavaClass> entropySource =
        describe("the entropy source", type -> type.getSimpleName().equals("SystemEntropy"));
    return noClasses()
        .that(inModulesOtherThan(COMPOSITION_ROOTS).and(not(entropySource)))
        .should()
        .accessTargetWhere(
            targets(RANDOMNESS)
                .or(describe(SHUFFLE, access -> access.getTarget().getFullName().equals(SHUFFLE))))
        .because("randomness is an input, ADR-0006");
  }

  private ArchRule silentKeys() {
    return noClasses()
        .that(inModules(HOLDING_KEYS))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.slf4j..", "java.util.logging..")
                .or(
                    describe(
                        "loggers",
                        type -> type.getName().startsWith(System.Logger.class.getName()))))
        .orShould()
        .accessTargetWhere(targets(Pattern.compile("java\\.lang\\.System\\.(out|err)")))
        .because("code that holds keys cannot leak them into a log, ADR-0007");
  }

  private ArchRule serialization() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .should(
            new Having(
                "declare Serializable",
                type ->
                    type.getRawInterfaces().stream()
                        .anyMatch(each -> each.isEquivalentTo(Serializable.class))))
        .because("formats are specified byte by byte in docs/format, ADR-0005");
  }

  private ArchRule calls(Pattern target, Set<String> allowedIn, String because) {
    return noClasses()
        .that(inModulesOtherThan(allowedIn))
        .should()
        .accessTargetWhere(targets(target))
        .because(because);
  }

  private static DescribedPredicate<JavaAccess<?>> targets(Pattern name) {
    return describe(
        "target " + name,
        access -> {
          AccessTarget target = access.getTarget();
          return name.matcher(target.getOwner().getName() + "." + target.getName()).matches();
        });
  }

  private DescribedPredicate<JavaClass> inModules(Set<String> modules) {
    return describe("in " + modules, type -> modules.contains(moduleOf(type)));
  }

  private DescribedPredicate<JavaClass> inModulesOtherThan(Set<String> modules) {
    return resideInAPackage(root + "..").and(not(inModules(modules)));
  }

  private String below(String module) {
    return root + "." + Modules.packageOf(module) + "..";
  }

  private String inside(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(root + ".") ? name.substring(root.length() + 1) : "";
  }

  private String moduleOf(JavaClass type) {
    return Stream.of(inside(type).split("\\.", -1)).findFirst().orElseThrow();
  }
}
