package io.github.enrollproject.play;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Plays test/scenarios.json through the Java SDK, then the README's program. Whatever is not as
 * test/scenarios.md says, or is not understood, ends it.
 */
public final class Play {
  static final ObjectMapper JSON = new ObjectMapper();

  private Play() {}

  /** Its arguments are the scenarios and the README. */
  public static void main(String[] args) throws Exception {
    JsonNode scenarios = JSON.readTree(Files.readString(Path.of(args[0]))).get("scenarios");
    JsonNode deployments = JSON.readTree(System.getenv("STAGE_DEPLOYMENTS"));
    int steps = 0;
    for (JsonNode scenario : scenarios) {
      new Scenario(scenario, deployments).play();
      steps += scenario.get("steps").size();
    }
    System.out.printf("Java SDK: %d scenarios, %d steps%n", scenarios.size(), steps);
    readme(Path.of(args[1]));
    System.out.println("Java SDK: the README's program does what it says");
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
