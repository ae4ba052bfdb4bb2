package house

import (
	"regexp"
	"strings"
	"testing"
)

// silent matches curl lines whose answer is not shown or has no message.
var silent = regexp.MustCompile(` -o | >[a-z]|/\.well-known/|\|`)

// checkCurl returns the curl lines of a document that call the API and show an
// answer without naming a language: an English reader would get a Chinese one.
func checkCurl(text string) (offenses []string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "curl ") && strings.Contains(line, "/api/") && !silent.MatchString(line) &&
			!strings.Contains(line, "Accept-Language:") {
			offenses = append(offenses, line)
		}
	}
	return offenses
}

func TestCurlLines(t *testing.T) {
	t.Parallel()
	found := 0
	for name, text := range documents(t) {
		found += strings.Count(text, "curl -s http://127.0.0.1:8080/api/")
		for _, line := range checkCurl(text) {
			t.Errorf("%s: %s shows an answer and names no language", name, line)
		}
	}
	if found < 5 {
		t.Errorf("only %d curl lines were found, want at least 5", found)
	}
	const call = "    curl -s http://127.0.0.1:8080/api/register"
	for text, want := range map[string]int{
		call + "\n":            1,
		call + " \\\n  -d x\n": 1,
		call + " \\\n  -H 'Accept-Language: en'\n":    0,
		call + " -o answer.json\n":                    0,
		"curl -s http://127.0.0.1:8080/.well-known\n": 0,
	} {
		if got := checkCurl(text); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
