package io.github.enrollproject;

/**
 * A request that is not an event of the service: answer it with 401. It is checked, because each
 * receiver gets such requests. Its message has nothing of the request.
 */
public final class EventException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why a request is not an event of the service. */
  public enum Problem {
    HEADER_MISSING,
    /** The id is not ASCII, or the time is not a number. */
    HEADER_INVALID,
    TIMESTAMP_TOO_OLD,
    TIMESTAMP_TOO_NEW,
    BODY_TOO_LARGE,
    /** By none of the secrets. */
    SIGNATURE_INVALID,
    /** It is signed, but is not an event. */
    BODY_INVALID
  }

  private final Problem problem;

  EventException(Problem problem) {
    super("not an event: " + problem);
    this.problem = problem;
  }

  /** Why it is none. */
  public Problem problem() {
    return problem;
  }
}
