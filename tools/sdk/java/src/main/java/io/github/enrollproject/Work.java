package io.github.enrollproject;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Solves the proofs of work of captchas. */
public final class Work {
  private static final int CHUNK = 1 << 12;

  private Work() {}

  /**
   * Solves a proof of work: the salt, bits and puzzles of a captcha of the kinds "pow" and
   * "image+pow", or the audio_salt, audio_bits and audio_puzzles of one that is to be heard. For a
   * captcha of "image+pow" the answer is the digits, a colon and this text.
   *
   * <p>It takes a tenth of a second to several seconds of one processor. It ends early if its thread
   * is interrupted.
   */
  public static String solve(String salt, int bits, int puzzles) throws InterruptedException {
    byte[] start = HexFormat.of().parseHex(EnrollClient.given(salt, "salt"));
    byte[] message = new byte[start.length + 8];
    System.arraycopy(start, 0, message, 0, start.length);
    MessageDigest sha256 = sha256();
    StringBuilder answer = new StringBuilder();
    for (int i = 0; i < puzzles; i++) {
      put(message, start.length, i);
      long n = 0;
      for (; ; n++) {
        if (n % CHUNK == 0 && Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (n > 0xffffffffL) {
          throw new IllegalArgumentException(bits + " bits have no solution");
        }
        put(message, start.length + 4, (int) n);
        if (zeros(sha256.digest(message)) >= bits) {
          break;
        }
      }
      answer.append(HexFormat.of().toHexDigits((int) n));
    }
    return answer.toString();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  private static void put(byte[] into, int at, int number) {
    for (int i = 0; i < 4; i++) {
      into[at + i] = (byte) (number >>> (24 - 8 * i));
    }
  }

  private static int zeros(byte[] digest) {
    int count = 0;
    for (byte b : digest) {
      if (b != 0) {
        return count + Integer.numberOfLeadingZeros(b & 0xff) - 24;
      }
      count += 8;
    }
    return count;
  }
}
