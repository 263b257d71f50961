package io.telltale.engine;

import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * Main class of a query worker: loads the few jars that it needs, and DuckDB's library from where
 * the server has unpacked it, since a worker that is killed could never delete a copy of its own.
 */
final class WorkerBoot extends URLClassLoader {
  private static final String LIBRARY = "libduckdb_java";

  private final String library;

  private WorkerBoot(URL[] jars, String library) {
    super("query-worker", jars, ClassLoader.getPlatformClassLoader());
    this.library = library;
  }

  /** Arguments: the library's path or nothing, then the class path. */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    try {
      var jars = new URL[arguments.length - 1];
      for (int i = 0; i < jars.length; i++) {
        jars[i] = URI.create(arguments[i + 1]).toURL();
      }
      // Stays open as long as the process lives.
      var loader = new WorkerBoot(jars, arguments[0]);
      Thread.currentThread().setContextClassLoader(loader);
      // By name, since the class is to be the loader's and not ours.
      String worker = WorkerBoot.class.getPackageName() + ".QueryWorker";
      var run = Class.forName(worker, true, loader).getDeclaredMethod("run");
      run.setAccessible(true);
      run.invoke(null);
    } catch (InvocationTargetException | java.net.MalformedURLException e) {
      System.exit(1);
    }
    System.exit(0);
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
