package captcha_test

import (
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha"
)

// inNode solves challenges in one process of Node.js and returns, for each, the answer
// and its time in milliseconds. With worker, it uses pow.js by messages, as in a
// browser's worker.
func inNode(t testing.TB, works []captcha.Challenge, worker bool) (answers []string, ms []float64) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; on Debian: apt-get install nodejs")
	}
	const script = `
const [works, worker] = JSON.parse(require("fs").readFileSync(0));
let answer, out = [];
globalThis.postMessage = (a) => { answer = a; };
if (worker) globalThis.importScripts = () => {};
(0, eval)(process.argv[1]);
for (const w of works) {
  const start = performance.now();
  if (worker) onmessage({data: w}); else answer = powSolve(w.salt, w.bits, w.puzzles);
  out.push({answer, ms: performance.now() - start});
}
console.log(JSON.stringify(out));`
	type given struct {
		Salt    string `json:"salt"`
		Bits    int    `json:"bits"`
		Puzzles int    `json:"puzzles"`
	}
	var in []given
	for _, w := range works {
		in = append(in, given{hex.EncodeToString(w.Salt), w.Bits, w.Puzzles})
	}
	stdin, err := json.Marshal([]any{in, worker})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", script, captcha.Solver())
	cmd.Stdin = strings.NewReader(string(stdin))
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var out []struct {
		Answer string  `json:"answer"`
		MS     float64 `json:"ms"`
	}
	if err := json.Unmarshal(stdout, &out); err != nil || len(out) != len(works) {
		t.Fatalf("node printed %.200q: %v", stdout, err)
	}
	for _, o := range out {
		answers, ms = append(answers, o.Answer), append(ms, o.MS)
	}
	return answers, ms
}

// TestSolver shows that the script's answers are right and equal to those of solve,
// which follows the contract's description: the smallest counters.
func TestSolver(t *testing.T) {
	t.Parallel()
	c := easy(t)
	var works []captcha.Challenge
	for range 20 {
		works = append(works, challenge(t, c, captcha.Scope{Site: site}))
	}
	for _, worker := range []bool{false, true} {
		answers, _ := inNode(t, works, worker)
		for i, answer := range answers {
			if err := answered(t, c, works[i].ID, answer); err != nil || answer != solve(works[i]) {
				t.Errorf("worker %t: answer %q: %v", worker, answer, err)
			}
		}
	}
}

// TestSolverIsSmall bounds the script's size without comments and white space, which
// any minifier removes.
func TestSolverIsSmall(t *testing.T) {
	t.Parallel()
	bare := regexp.MustCompile(`(?m)//.*$`).ReplaceAllString(captcha.Solver(), "")
	bare = regexp.MustCompile(`\s*\n\s*|([=+^?:&|<>,;]) | ([=+^?:&|<>])`).ReplaceAllString(bare, "$1$2")
	if len(bare) > 3<<10 {
		t.Errorf("%d bytes without comments and indentation", len(bare))
	}
	t.Logf("%d bytes, %d without comments and indentation", len(captcha.Solver()), len(bare))
}

// BenchmarkSolver measures the time of a challenge in V8 on this machine.
func BenchmarkSolver(b *testing.B) {
	for _, bits := range []int{captcha.DefaultMinBits, captcha.DefaultMaxBits} {
		b.Run(strconv.Itoa(bits)+"bits", func(b *testing.B) {
			c := newWork(b, captcha.WorkConfig{MinBits: bits, MaxBits: bits})
			works := make([]captcha.Challenge, 0, b.N)
			for range b.N {
				works = append(works, challenge(b, c, captcha.Scope{Site: site}))
			}
			_, ms := inNode(b, works, false)
			slices.Sort(ms)
			b.ReportMetric(ms[len(ms)/2], "ms/median")
			b.ReportMetric(ms[len(ms)/10], "ms/p10")
			b.ReportMetric(ms[len(ms)*9/10], "ms/p90")
			b.ReportMetric(ms[len(ms)-1], "ms/max")
		})
	}
}
