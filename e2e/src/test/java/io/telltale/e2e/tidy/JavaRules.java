package io.telltale.e2e.tidy;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Rules that need a Java file's syntax tree. */
final class JavaRules {
  static final int METHOD_LINES_MAX = 70;

  // The JDK's own words for what decides about certificates and keys are TrustManager, KeyManager.
  private static final Pattern BANNED_TYPE =
      Pattern.compile("Abstract[A-Z].*|.*(Impl|Dto|Utils?|Helpers?|(?<!Trust|Key)Manager)");
  private static final Set<String> BANNED_PACKAGES =
      Set.of("util", "utils", "common", "impl", "base", "helper", "helpers", "manager", "managers");
  private static final Set<String> DISABLING = Set.of("Disabled", "Ignore");

  private JavaRules() {}

  static List<String> check(List<SourceFile> files) {
    List<JavaFileObject> sources =
        files.stream().filter(SourceFile::isJava).<JavaFileObject>map(Source::new).toList();
    if (sources.isEmpty()) {
      return List.of();
    }
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, problem -> {}, List.of("-proc:none"), null, sources);
    SourcePositions positions = Trees.instance(task).getSourcePositions();
    List<String> found = new ArrayList<>();
    try {
      for (CompilationUnitTree unit : task.parse()) {
        new Scanner(unit, positions, found).scan(unit, null);
      }
    } catch (IOException e) {
      throw new IllegalStateException("parsing sources that are in memory", e);
    }
    return found;
  }

  private static final class Scanner extends TreeScanner<@Nullable Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final String path;
    private final List<String> found;

    Scanner(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
      this.unit = unit;
      this.positions = positions;
      this.path = unit.getSourceFile().getName();
      this.found = found;
      for (String part : String.valueOf(unit.getPackageName()).split("\\.", -1)) {
        if (BANNED_PACKAGES.contains(part)) {
          found.add("%s is in a package named '%s', which says nothing".formatted(path, part));
        }
      }
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
      if (BANNED_TYPE.matcher(type.getSimpleName()).matches()) {
        found.add("%s: the name %s says nothing".formatted(path, type.getSimpleName()));
      }
      return super.visitClass(type, null);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
      if (method.getBody() != null) {
        LineMap lines = unit.getLineMap();
        long first = lines.getLineNumber(positions.getStartPosition(unit, method.getBody()));
        long last = lines.getLineNumber(positions.getEndPosition(unit, method.getBody()));
        if (last - first + 1 > METHOD_LINES_MAX) {
          found.add(
              "%s:%d %s has %d lines, more than %d"
                  .formatted(path, first, method.getName(), last - first + 1, METHOD_LINES_MAX));
        }
      }
      return super.visitMethod(method, null);
    }

    @Override
    public @Nullable Void visitAnnotation(AnnotationTree annotation, @Nullable Void nothing) {
      String name = annotation.getAnnotationType().toString();
      if (DISABLING.contains(name.substring(name.lastIndexOf('.') + 1))) {
        found.add("%s has a disabled test; mend it or take it out".formatted(path));
      }
      return super.visitAnnotation(annotation, null);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final SourceFile file;

    Source(SourceFile file) {
      super(URI.create("memory:///" + file.path()), Kind.SOURCE);
      this.file = file;
    }

    @Override
    public String getName() {
      return file.path();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return file.text();
    }
  }
}
