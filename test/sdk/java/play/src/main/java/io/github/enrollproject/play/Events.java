package io.github.enrollproject.play;

import static io.github.enrollproject.play.Play.insist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.enrollproject.Event;
import io.github.enrollproject.EventException;
import io.github.enrollproject.EventVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.stream.StreamSupport;

/** Plays the requests of test/webhooks.json through the verifier of events. */
public final class Events {
  private Events() {}

  /** Its argument is the file. */
  public static void main(String[] args) throws Exception {
    JsonNode book = Play.JSON.readTree(Files.readString(Path.of(args[0])));
    for (JsonNode vector : book.get("vectors")) {
      check(vector);
    }
    insist(Play.JSON.valueToTree(Event.TYPES).equals(book.get("types")), "the types are " + Event.TYPES);
    refused();
    for (JsonNode secret : book.get("bad_secrets")) {
      refused(secret.textValue());
    }
    refused(texts(book.get("vectors").get(0).get("secrets"))[0] + "\n");
    System.out.printf("Java SDK: %d requests of %s%n", book.get("vectors").size(), args[0]);
  }

  private static void check(JsonNode vector) throws Exception {
    String name = vector.get("name").textValue();
    EventVerifier verifier = EventVerifier.of(texts(vector.get("secrets")))
        .tolerance(Duration.ofSeconds(vector.get("tolerance").longValue()))
        .clock(Clock.fixed(Instant.ofEpochSecond(vector.get("now").longValue()), ZoneOffset.UTC));
    byte[] start = vector.get("body").binaryValue();
    byte[] body = Arrays.copyOf(start, start.length + vector.path("blanks").asInt());
    Arrays.fill(body, start.length, body.length, (byte) ' ');
    try {
      Event event = verifier.verify(header -> vector.get("headers").path(header).textValue(), body);
      insist(got(event).equals(vector.path("event")), name + ": " + event);
      insist(event.body().equals(Play.JSON.readTree(body)), name + ": " + event.body());
    } catch (EventException no) {
      String problem = no.problem().toString().toLowerCase(java.util.Locale.ROOT);
      insist(problem.equals(vector.path("problem").textValue()), name + ": " + no);
    }
  }

  private static JsonNode got(Event e) throws Exception {
    ObjectNode got = Play.JSON.createObjectNode().put("webhook_id", e.webhookId()).put("type", e.type())
        .put("time", e.time().toEpochMilli()).put("id", e.id()).put("site_id", e.siteId()).put("user_id", e.userId())
        .put("seq", e.seq()).set("fields", Play.JSON.valueToTree(e.fields()));
    // An int of Java is not equal to the int that JSON has read as a smaller type.
    return Play.JSON.readTree(got.toString());
  }

  private static String[] texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::textValue).toArray(String[]::new);
  }

  private static void refused(String... secrets) {
    try {
      EventVerifier.of(secrets);
    } catch (IllegalArgumentException e) {
      insist(secrets.length == 0 || secrets[0].length() < 9 || !e.getMessage().contains(secrets[0].substring(8)), e + " quotes a secret");
      return;
    }
    insist(false, "a secret is taken: " + Arrays.toString(secrets));
  }
}
