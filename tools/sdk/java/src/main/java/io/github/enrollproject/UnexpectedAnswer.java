package io.github.enrollproject;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * An answer that is not the service's, such as the page or the JSON of a proxy that cannot reach the
 * service, or a redirect. The service may have carried out the request.
 */
public final class UnexpectedAnswer extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final Duration retryAfter;

  UnexpectedAnswer(int status, Duration retryAfter, Throwable cause) {
    super("the answer with status " + status + " is not the service's", cause);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** How long to wait, if the answer has said it (Retry-After). */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
