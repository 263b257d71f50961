package io.telltale.e2e;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A disk that fails on command, under a server that knows nothing of it: an agent that makes the
 * log's {@code write} and {@code fdatasync} throw while a file names them.
 */
public final class DiskFaultAgent {
  private static final String LOG_FILE = "io/telltale/logembedded/DiskFiles$DiskFile";
  private static volatile Path control = Path.of("/nonexistent");

  private DiskFaultAgent() {}

  /** The JVM argument; {@code control} holds the names of the failing calls. */
  static String argument(Path folder, Path control) throws IOException {
    Path jar = folder.resolve("disk-fault-agent.jar");
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", DiskFaultAgent.class.getName());
    // The class itself is on the class path already.
    try (OutputStream out = Files.newOutputStream(jar);
        var _ = new JarOutputStream(out, manifest)) {
      return "-javaagent:" + jar + "=" + control;
    }
  }

  /** Called by the JVM before {@code main}. */
  public static void premain(String controlFile, Instrumentation instrumentation) {
    control = Path.of(controlFile);
    instrumentation.addTransformer(new Hooks());
  }

  /** Called at the start of the hooked methods. */
  public static void reached(String call) throws IOException {
    try {
      if (Files.readString(control).contains(call)) {
        throw new IOException("Input/output error");
      }
    } catch (NoSuchFileException e) {
      // Nothing fails.
    }
  }

  private static final class Hooks implements ClassFileTransformer {
    @Override
    public byte @Nullable [] transform(
        @Nullable ClassLoader loader,
        String className,
        @Nullable Class<?> redefined,
        @Nullable ProtectionDomain domain,
        byte[] classFile) {
      if (!className.equals(LOG_FILE)) {
        return null;
      }
      ClassFile format = ClassFile.of();
      byte[] hooked = classFile;
      for (String method : new String[] {"write", "force"}) {
        ClassTransform transform =
            ClassTransform.transformingMethodBodies(
                one -> one.methodName().equalsString(method), new Hook(method));
        hooked = format.transformClass(format.parse(hooked), transform);
      }
      return hooked;
    }
  }

  private record Hook(String method) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      code.ldc(method)
          .invokestatic(
              ClassDesc.of(DiskFaultAgent.class.getName()),
              "reached",
              MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String));
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      code.with(element);
    }
  }
}
