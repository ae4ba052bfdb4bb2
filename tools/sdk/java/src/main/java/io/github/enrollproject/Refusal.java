package io.github.enrollproject;

import io.github.enrollproject.model.Reason;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A request that the service has refused, with any HTTP status. It is unchecked: a client that does
 * not handle a refusal should fail.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Codes of a refusal. */
  public static final int REFUSED = -1, NOT_LOGGED_IN = 1001, NOT_ALLOWED = 1002;

  /**
   * What is wrong with one field.
   *
   * @param field its name
   * @param reason for programs; UNKNOWN_DEFAULT_OPEN_API if a later version of the service has added it
   * @param reasonText the reason as it was sent
   * @param msg for people, in their language
   */
  public record FieldError(String field, Reason reason, String reasonText, String msg) implements Serializable {}

  private final int status;
  private final int code;
  private final String reasonText;
  private final String msg;
  private final String requestId;
  private final ArrayList<FieldError> errors; // an ArrayList is serializable
  private final Duration retryAfter;

  Refusal(int status, int code, String reasonText, String msg, String requestId, List<FieldError> errors, Duration retryAfter) {
    // This message is for logs. msg is for the user and may be in another language.
    super("refused: " + reasonText + " (status " + status + ", request " + requestId + ")");
    this.status = status;
    this.code = code;
    this.reasonText = reasonText;
    this.msg = msg;
    this.requestId = requestId;
    this.errors = new ArrayList<>(errors);
    this.retryAfter = retryAfter;
  }

  /** The HTTP status: 200 in a deployment of the mode always-200. */
  public int status() {
    return status;
  }

  /** {@link #REFUSED}, {@link #NOT_LOGGED_IN} or {@link #NOT_ALLOWED}, or a later version's. */
  public int code() {
    return code;
  }

  /** For programs. A reason of a later version is UNKNOWN_DEFAULT_OPEN_API: see {@link #reasonText}. */
  public Reason reason() {
    return Reason.fromValue(reasonText);
  }

  /** The reason as it was sent, never empty. */
  public String reasonText() {
    return reasonText;
  }

  /** For people, in their language. */
  public String msg() {
    return msg;
  }

  /** Finds the request in the service's logs. */
  public String requestId() {
    return requestId;
  }

  /** What is wrong with which field; empty if the refusal is not about a field. */
  public List<FieldError> errors() {
    return Collections.unmodifiableList(errors);
  }

  /** What is wrong with the field of that name, if anything is. */
  public Optional<FieldError> field(String name) {
    return errors().stream().filter(e -> e.field().equals(name)).findFirst();
  }

  /** How long to wait before repeating the request, if the service has said it (Retry-After). */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
