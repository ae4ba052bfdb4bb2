/** A proof of work of a captcha. */
export interface Work {
  salt: string;
  bits: number;
  puzzles: number;
}

// The round constants of SHA-256 (FIPS 180-4, section 4.2.2): the first 32 bits of the
// fractional parts of the cube roots of the first 64 primes.
const K = Int32Array.from(primes(64), (p) => fraction(Math.cbrt(p)));

// The number of hashes between two pauses, in which a browser handles other events.
const CHUNK = 1 << 13;

/**
 * Solves a proof of work: the `salt`, `bits` and `puzzles` of a captcha of the kinds `pow` and
 * `image+pow`, or `audio_salt`, `audio_bits` and `audio_puzzles` of one that is to be heard. For a
 * captcha of `image+pow` the answer is the digits, a colon and this text.
 *
 * It takes a fraction of a second to several seconds and lets other work run in between. When the
 * signal is aborted, it rejects with the signal's reason.
 */
export async function solveWork(work: Work, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const words = new Int32Array(64);
  // One block has room for a salt of 44 bytes besides two numbers, a one and the length.
  if (!/^(?:[0-9a-f]{8}){1,11}$/i.test(work.salt)) throw new TypeError("salt is not hexadecimal");
  const salt = (work.salt.match(/.{8}/g) ?? []).map((word) => parseInt(word, 16));
  let answer = "";
  for (let i = 0; i < work.puzzles; i++) {
    for (let n = 0; ; n++) {
      if (n % CHUNK === 0) {
        await pause();
        signal?.throwIfAborted();
      }
      if (n > 0xffffffff) throw new RangeError("the work has no solution");
      words.fill(0);
      words.set(salt);
      words[salt.length] = i;
      words[salt.length + 1] = n;
      words[salt.length + 2] = 1 << 31;
      words[15] = 32 * (salt.length + 2);
      if (zeros(words) >= work.bits) {
        answer += n.toString(16).padStart(8, "0");
        break;
      }
    }
  }
  return answer;
}

function pause(): Promise<void> {
  return new Promise((resume) => setTimeout(resume));
}

// The count of leading zero bits of the digest of one block, up to 64.
function zeros(w: Int32Array): number {
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    w[i] = w[i - 16]! + w[i - 7]! + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = START as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) + K[i]! + w[i]!) | 0;
    const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b)))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t) | 0, c, b, a, (t + u) | 0];
  }
  const first = Math.clz32((a + START[0]) | 0);
  return first < 32 ? first : 32 + Math.clz32((b + START[1]) | 0);
}

const START = [
  0x6a09e667, 0xbb67ae85 | 0, 0x3c6ef372, 0xa54ff53a | 0, 0x510e527f, 0x9b05688c | 0, 0x1f83d9ab, 0x5be0cd19,
] as const;

function turn(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
}

function fraction(x: number): number {
  return ((x - Math.floor(x)) * 2 ** 32) | 0;
}
