package io.github.enrollproject.play;

import static io.github.enrollproject.play.Play.JSON;
import static io.github.enrollproject.play.Play.insist;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.enrollproject.EnrollClient;
import io.github.enrollproject.Refusal;
import io.github.enrollproject.Session;
import io.github.enrollproject.UnexpectedAnswer;
import io.github.enrollproject.Work;
import io.github.enrollproject.model.DeletionRequest;
import io.github.enrollproject.model.EmailCodeRequest;
import io.github.enrollproject.model.EmailConfirmRequest;
import io.github.enrollproject.model.LogoutRequest;
import io.github.enrollproject.model.PasswordChangeRequest;
import io.github.enrollproject.model.LoginRequest;
import io.github.enrollproject.model.PasswordResetRequest;
import io.github.enrollproject.model.PhoneCodeRequest;
import io.github.enrollproject.model.RegisterRequest;
import io.github.enrollproject.model.TermsRequest;
import io.github.enrollproject.model.UserChangeRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** One scenario of test/scenarios.md. */
final class Scenario {
  private static final Pattern VARIABLE = Pattern.compile("\\{\\{(\\w+)}}");
  private static final String SMALL = "abcdefghijklmnopqrstuvwxyz";
  private static final String DIGITS = "123456789";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final JsonNode scenario;
  private final String on;
  private final String base;
  private final Map<String, JsonNode> variables = new HashMap<>();

  Scenario(JsonNode scenario, String on, JsonNode deployments) {
    Match.only(scenario, "name", "on", "why", "fresh", "steps");
    this.scenario = scenario;
    this.on = on;
    String[] place = on.split("/", 2);
    this.base = deployments.get(place[0]).textValue() + (place.length > 1 ? "/" + place[1] : "");
    scenario.path("fresh").properties().forEach(e -> variables.put(e.getKey(), TextNode.valueOf(fresh(e.getValue()))));
  }

  private static String fresh(JsonNode kind) {
    if (kind.isInt()) {
      return "x".repeat(kind.intValue());
    }
    return switch (kind.textValue()) {
      case "name" -> some(SMALL, 1) + some(SMALL + DIGITS, 11);
      case "phone" -> "138" + some(DIGITS, 8);
      case "email" -> some(SMALL, 12) + "@example.com";
      case "digits" -> some(DIGITS, 8);
      case "key" -> EnrollClient.newIdempotencyKey();
      default -> throw new IllegalStateException("unknown kind " + kind);
    };
  }

  private static String some(String of, int n) {
    return RANDOM.ints(n, 0, of.length()).mapToObj(i -> of.substring(i, i + 1)).collect(Collectors.joining());
  }

  void play() throws Exception {
    int i = 0;
    for (JsonNode raw : scenario.get("steps")) {
      i++;
      try {
        JsonNode step = fill(raw);
        JsonNode said = step.has("stage") ? stage(step) : step.has("solve") ? solve(step) : playCall(step);
        step.path("save").properties().forEach(e -> {
          JsonNode value = said.at("/" + e.getValue().textValue().replace('.', '/'));
          insist(!value.isMissingNode() && !value.isNull(), "there is no " + e.getValue() + " to save");
          variables.put(e.getKey(), value);
        });
      } catch (RuntimeException | IOException e) {
        String what = raw.path("call").asText() + raw.path("stage").asText();
        throw new IllegalStateException(scenario.get("name") + " on " + on + ", step " + i + " (" + what + "): " + e, e);
      }
    }
  }

  private JsonNode fill(JsonNode in) {
    if (in.isObject()) {
      ObjectNode out = JSON.createObjectNode();
      in.properties().forEach(e -> out.set(e.getKey(), fill(e.getValue())));
      return out;
    }
    if (in.isArray()) {
      ArrayNode out = JSON.createArrayNode();
      in.forEach(e -> out.add(fill(e)));
      return out;
    }
    if (!in.isTextual()) {
      return in;
    }
    Matcher found = VARIABLE.matcher(in.textValue());
    if (found.matches()) {
      return value(found.group(1));
    }
    return TextNode.valueOf(found.reset().replaceAll(v -> Matcher.quoteReplacement(value(v.group(1)).asText())));
  }

  private JsonNode value(String name) {
    insist(variables.containsKey(name), name + " was not set");
    return variables.get(name);
  }

  private static JsonNode stage(JsonNode step) throws IOException, InterruptedException {
    Match.only(step, "stage", "save");
    String[] request = step.get("stage").textValue().split(" ", 2);
    URI uri = URI.create(System.getenv("STAGE_URL") + request[1]);
    var sent = HttpRequest.newBuilder(uri).method(request[0], HttpRequest.BodyPublishers.noBody()).build();
    var response = HttpClient.newHttpClient().send(sent, BodyHandlers.ofString());
    insist(response.statusCode() == 200, "the stage answers " + response.statusCode());
    return JSON.readTree(response.body());
  }

  private static JsonNode solve(JsonNode step) throws InterruptedException {
    Match.only(step, "solve", "save");
    JsonNode work = step.get("solve");
    Match.only(work, "salt", "bits", "puzzles", "answer", "canceled");
    boolean canceled = work.path("canceled").asBoolean();
    if (canceled) {
      Thread.currentThread().interrupt();
    }
    try {
      String answer = Work.solve(work.get("salt").textValue(), work.get("bits").intValue(), work.get("puzzles").intValue());
      insist(!canceled, "a canceled work has an answer: " + answer);
      insist(!work.has("answer") || work.get("answer").textValue().equals(answer), "the work is answered by " + answer);
      return JSON.createObjectNode().put("answer", answer);
    } catch (InterruptedException e) {
      insist(canceled, "a work is canceled");
      return JSON.createObjectNode();
    }
  }

  private JsonNode playCall(JsonNode step) throws IOException, InterruptedException {
    Match.only(step, "call", "params", "token", "body", "timeout", "expect", "save");
    JsonNode want = step.get("expect");
    Match.only(want, "ok", "refusal", "unexpected", "no_answer");
    JsonNode said;
    try {
      said = call(step);
    } catch (Refusal no) {
      Corners.survives(no);
      insist(want.isEmpty() || want.has("refusal"), no + " " + no.errors());
      if (want.has("refusal")) {
        Match.refusal(want.get("refusal"), no);
      }
      return JSON.createObjectNode();
    } catch (UnexpectedAnswer strange) {
      insist(want.has("unexpected") || want.has("no_answer"), strange.toString());
      ObjectNode got = JSON.createObjectNode().put("status", strange.status());
      strange.retryAfter().ifPresent(wait -> got.put("retry_after", wait.toSeconds()));
      Match.all(want.path("unexpected"), got);
      return JSON.createObjectNode();
    } catch (IOException error) {
      insist(want.has("no_answer"), "no answer: " + error);
      return JSON.createObjectNode();
    }
    insist(want.has("ok") || want.isEmpty(), "no refusal, but " + said);
    JsonNode ok = want.path("ok");
    Match.only(ok, "data", "msg", "headers");
    Match.all(ok.path("data"), said.get("data"));
    Match.all(ok.path("headers"), said.get("headers"));
    if (ok.has("msg")) {
      Match.one("msg", ok.get("msg"), said.get("msg"));
    }
    return said;
  }

  private JsonNode call(JsonNode step) throws IOException, InterruptedException {
    JsonNode params = step.path("params");
    Match.only(params, "Site-Id", "Accept-Language", "Idempotency-Key", "captcha_id", "proof", "operation", "code", "email", "state", "id", "session");
    EnrollClient client = EnrollClient.of(base);
    if (step.has("timeout")) {
      client = client.timeout(Duration.ofMillis(step.get("timeout").longValue()));
    }
    if (params.has("Site-Id")) {
      client = client.site(params.get("Site-Id").intValue());
    }
    if (params.has("Accept-Language")) {
      client = client.language(params.get("Accept-Language").textValue());
    }
    String token = step.path("token").asText();
    var session = client.session(token);
    String operation = step.get("call").textValue();
    Object answer;
    try {
      answer = ask(operation, client, session, step.path("body"), params);
    } catch (IOException | RuntimeException e) {
      insist(session.token().equals(token), "the token of a failed call is taken over");
      throw e;
    }
    ObjectNode said = JSON.valueToTree(answer);
    if (operation.equals("getJwks")) {
      said = JSON.createObjectNode().set("data", said);
    }
    said.putObject("headers").put("Update-Token", session.token().equals(token) ? null : session.token());
    return said;
  }

  private static Object ask(String operation, EnrollClient client, Session session, JsonNode body, JsonNode params)
      throws IOException, InterruptedException {
    return switch (operation) {
      case "register" -> params.has("Idempotency-Key")
          ? client.register(as(body, RegisterRequest.class), params.get("Idempotency-Key").textValue())
          : client.register(as(body, RegisterRequest.class));
      case "login" -> client.login(as(body, LoginRequest.class));
      case "resetPassword" -> client.resetPassword(as(body, PasswordResetRequest.class));
      case "sendPhoneCode" -> session.token().isEmpty()
          ? client.sendPhoneCode(as(body, PhoneCodeRequest.class))
          : session.sendPhoneCode(as(body, PhoneCodeRequest.class));
      case "sendEmailCode" -> session.sendEmailCode(as(body, EmailCodeRequest.class));
      case "verifyEmail" -> session.verifyEmail(params.get("code").textValue(), params.path("email").textValue());
      case "confirmEmail" -> session.confirmEmail(as(body, EmailConfirmRequest.class));
      case "acceptTerms" -> session.acceptTerms(as(body, TermsRequest.class));
      case "logout" -> session.logout(as(body, LogoutRequest.class));
      case "listSessions" -> session.listSessions();
      case "exportUser" -> session.exportUser();
      case "endSession" -> session.endSession(params.get("session").textValue());
      case "endOtherSessions" -> session.endOtherSessions();
      case "deleteUser" -> session.deleteUser(as(body, DeletionRequest.class));
      case "changePassword" -> session.changePassword(as(body, PasswordChangeRequest.class));
      case "getUserDetail" -> session.getUserDetail();
      case "updateUser" -> session.updateUser(as(body, UserChangeRequest.class));
      case "uploadAvatar" -> session.uploadAvatar(Base64.getDecoder().decode(body.get("file").textValue()));
      case "getSettings" -> client.getSettings();
      case "getUserGroups" -> client.getUserGroups();
      case "getUserGroup" -> client.getUserGroup(params.get("id").longValue());
      case "getCaptcha" -> params.has("operation")
          ? client.getCaptcha(params.get("operation").textValue())
          : client.getCaptcha();
      case "getCaptchaAudio" -> client.getCaptchaAudio(params.get("captcha_id").textValue(), params.path("proof").asText());
      case "getJwks" -> client.getJwks();
      default -> throw new IllegalStateException("unknown operation " + operation);
    };
  }

  private static <T> T as(JsonNode body, Class<T> kind) throws JsonProcessingException {
    return JSON.treeToValue(body, kind);
  }
}
