// Solves the proof of work of GET /api/captcha (captcha_type "pow") without any
// dependency. In a page:
//
//   const worker = new Worker("pow.js");
//   worker.onmessage = (e) => { form.captcha = e.data; };
//   worker.postMessage({salt, bits, puzzles}); // fields of the answer
//
// A worker keeps the page responsive. Without one, powSolve(salt, bits, puzzles)
// returns the same text. WebCrypto is not used, because its digest is asynchronous and
// a promise takes longer than the hash.
(function (root) {
  "use strict";
  // The round constants of SHA-256, FIPS 180-4, section 4.2.2.
  var K = new Int32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2]);
  var W = new Int32Array(64);

  // Returns the first 32 bits of the digest of one block: the first 16 words of W.
  function head() {
    var i, x, y, t, u;
    for (i = 16; i < 64; i++) {
      x = W[i - 15];
      y = W[i - 2];
      W[i] = W[i - 16] + W[i - 7] +
        ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
        ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
    }
    var a = 0x6a09e667, b = 0xbb67ae85 | 0, c = 0x3c6ef372, d = 0xa54ff53a | 0;
    var e = 0x510e527f, f = 0x9b05688c | 0, g = 0x1f83d9ab, h = 0x5be0cd19;
    for (i = 0; i < 64; i++) {
      t = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ e & (f ^ g)) + K[i] + W[i] | 0;
      u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b | c & (a | b)) | 0;
      h = g;
      g = f;
      f = e;
      e = d + t | 0;
      d = c;
      c = b;
      b = a;
      a = t + u | 0;
    }
    return a + 0x6a09e667 | 0;
  }

  // salt is hexadecimal. For each puzzle i, solve finds the smallest counter such that SHA-256(salt
  // | i | counter), both numbers of 32 bits, begins with bits zero bits. The answer is the
  // counters, eight hexadecimal digits each.
  function solve(salt, bits, puzzles) {
    var answer = "", i, n, j;
    for (i = 0; i < puzzles; i++) {
      W.fill(0, 0, 16);
      for (j = 0; j < 4; j++) W[j] = parseInt(salt.substr(8 * j, 8), 16);
      W[4] = i;
      W[6] = 1 << 31; // the padding of 24 bytes: a one, zeros, the length in bits
      W[15] = 192;
      for (n = 0; W[5] = n, Math.clz32(head()) < bits;) n++;
      answer += ("0000000" + n.toString(16)).slice(-8);
    }
    return answer;
  }

  root.powSolve = solve;
  if (typeof importScripts === "function") { // in a worker
    root.onmessage = function (e) {
      root.postMessage(solve(e.data.salt, e.data.bits, e.data.puzzles));
    };
  }
})(typeof self === "object" ? self : globalThis);
