package io.telltale.engine;

import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Main class of a query worker: loads the few jars that it needs, and DuckDB's library from where
 * the server has unpacked it, since a worker that is killed could never delete a copy of its own.
 */
final class WorkerBoot extends URLClassLoader {
  private static final String LIBRARY = "libduckdb_java";

  /** DuckDB's driver reports its memory there where it finds it: half of a worker's start. */
  private static final String FLIGHT_RECORDER = "jdk.jfr.";

  private final String library;

  private WorkerBoot(URL[] jars, String library) {
    super("query-worker", jars, ClassLoader.getPlatformClassLoader());
    this.library = library;
  }

  /** Arguments: the library's path or nothing, then the class path. */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    try {
      List<String> all = List.of(arguments);
      // Stays open as long as the process lives.
      var loader = of(all.getFirst(), all.subList(1, all.size()));
      Thread.currentThread().setContextClassLoader(loader);
      // By name, since the class is to be the loader's and not ours.
      String worker = WorkerBoot.class.getPackageName() + ".QueryWorker";
      var run = Class.forName(worker, true, loader).getDeclaredMethod("run");
      run.setAccessible(true);
      run.invoke(null);
    } catch (InvocationTargetException | MalformedURLException e) {
      System.exit(1);
    }
    System.exit(0);
  }

  static WorkerBoot of(String library, List<String> classPath) throws MalformedURLException {
    var jars = new URL[classPath.size()];
    for (int i = 0; i < jars.length; i++) {
      jars[i] = URI.create(classPath.get(i)).toURL();
    }
    return new WorkerBoot(jars, library);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (name.startsWith(FLIGHT_RECORDER)) {
      throw new ClassNotFoundException(name);
    }
    return super.loadClass(name, resolve);
  }

  @Override
  public @Nullable URL getResource(String name) {
    return !library.isEmpty() && name.startsWith(LIBRARY) ? null : super.getResource(name);
  }

  @Override
  protected @Nullable String findLibrary(String name) {
    return library.isEmpty() ? null : library;
  }
}
