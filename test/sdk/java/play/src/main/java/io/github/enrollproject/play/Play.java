package io.github.enrollproject.play;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Plays files of scenarios through the Java SDK, then the README's program. A scenario ends at the
 * first answer that is not as test/scenarios.md says, and at the first step that Play does not know.
 */
public final class Play {
  static final ObjectMapper JSON = new ObjectMapper();

  private Play() {}

  /** Its arguments are files of scenarios, and the README last. */
  public static void main(String[] args) throws Exception {
    List<Throwable> failures = new ArrayList<>();
    for (String book : Arrays.copyOf(args, args.length - 1)) {
      failures.addAll(play(book));
    }
    failures.forEach(System.out::println);
    insist(failures.isEmpty(), failures.size() + " scenarios fail");
    Corners.play();
    readme(Path.of(args[args.length - 1]));
    System.out.println("Java SDK: the README's program does what it says");
  }

  /** Plays all scenarios of a file, each on each of its base URLs. */
  private static List<Throwable> play(String book) throws Exception {
    JsonNode scenarios = JSON.readTree(Files.readString(Path.of(book))).get("scenarios");
    JsonNode deployments = JSON.readTree(System.getenv("STAGE_DEPLOYMENTS"));
    List<Throwable> failures = new ArrayList<>();
    int played = 0;
    int steps = 0;
    for (JsonNode scenario : scenarios) {
      JsonNode bases = scenario.get("on");
      for (JsonNode on : bases.isArray() ? bases : JSON.createArrayNode().add(bases)) {
        try {
          new Scenario(scenario, on.textValue(), deployments).play();
        } catch (RuntimeException e) {
          failures.add(e);
        }
        played++;
        steps += scenario.get("steps").size();
      }
    }
    System.out.printf("Java SDK: %d scenarios, %d steps of %s%n", played, steps, book);
    return failures;
  }

  /** The README's program twice: the second time the name is taken. */
  private static void readme(Path readme) throws Exception {
    var found = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(readme));
    insist(found.find(), "the README has no program");
    String program = found.group(1).replace("http://127.0.0.1:8080", System.getenv("ENROLL_URL"));
    Path file = Files.createTempDirectory("readme").resolve("Hello.java");
    Files.writeString(file, program);
    for (String wanted : new String[] {"welcome ", "This user name is already taken."}) {
      Process java =
          new ProcessBuilder("java", "-cp", System.getProperty("java.class.path"), file.toString()).redirectErrorStream(true).start();
      String out = new String(java.getInputStream().readAllBytes());
      insist(java.waitFor() == 0 && out.startsWith(wanted), "the README's program prints " + out);
    }
    Files.delete(file);
    Files.delete(file.getParent());
  }

  static void insist(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }
}
