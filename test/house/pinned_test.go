package house

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	// fetched finds what a build or a job fetches by name: the base of an image, an image, an action.
	fetched = regexp.MustCompile(`(?m)^(?:FROM (?:--\S+ )*|#\s*syntax=|[ -]*(?:image|container|uses): *)(["']?[^\s"'{]+)`)
	// digest ends the name of what cannot change: that of an image, or of an action's commit.
	digest = regexp.MustCompile(`@(?:sha256:[0-9a-f]{64}|[0-9a-f]{40})$`)
	// plays finds the scripts of .ci that a job of CI runs.
	plays = regexp.MustCompile(`(?m)^ *- run: (\.ci/\S+)(?: (\S+))?$`)
)

// unpinned are names that are not pulled from a registry.
var unpinned = map[string]bool{
	"scratch": true, // nothing at all
	"enroll":  true, // the image that compose.yaml builds
}

func checkPinned(name, text string) (offences []string) {
	for _, found := range fetched.FindAllStringSubmatch(text, -1) {
		if !unpinned[found[1]] && !digest.MatchString(found[1]) {
			offences = append(offences, fmt.Sprintf("%s fetches %s without a digest", name, found[1]))
		}
	}
	return offences
}

// TestPinned: base images, images and actions are named by a digest, so that they are
// exactly those that were reviewed.
func TestPinned(t *testing.T) {
	t.Parallel()
	texts := textsBelow(t, func(name string) bool {
		return strings.HasPrefix(name, "deploy/") && !strings.Contains(name, "/helm/") || strings.HasPrefix(name, ".github/")
	})
	pins := 0
	for name, text := range texts {
		pins += len(fetched.FindAllString(text, -1))
		for _, offence := range checkPinned(name, text) {
			t.Error(offence)
		}
	}
	if pins < 10 {
		t.Errorf("only %d names of images and actions were found, want at least 10", pins)
	}
	const sum = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
	for text, want := range map[string]int{
		"FROM golang:1" + sum + " AS build\nFROM scratch\n  image: postgres:17" + sum + "\n    image: enroll\n": 0,
		"# syntax=docker/dockerfile:1\nFROM --platform=$BUILDPLATFORM golang:1 AS build\n":                      2,
		"  image: postgres:17.6\n      - uses: actions/checkout@v4\n":                                           2,
	} {
		if found := checkPinned("x", text); len(found) != want {
			t.Errorf("%q: %q", text, found)
		}
	}
}

// TestJobs: each job of CI runs a script that exists, and each script is run by a job and described.
func TestJobs(t *testing.T) {
	t.Parallel()
	run, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(run), "case $job in\nlanding | ")
	list, _, _ = strings.Cut(list, ") ;;")
	jobs := map[string]bool{"": false}
	for job := range strings.SplitSeq(list, " | ") {
		jobs[job] = false
	}
	workflows := textsBelow(t, func(name string) bool { return strings.HasPrefix(name, ".github/workflows/") })
	for name, text := range workflows {
		for _, found := range plays.FindAllStringSubmatch(text, -1) {
			if _, known := jobs[found[2]]; !known || found[1] != ".ci/run" {
				t.Errorf("%s plays %s %s, which .ci/run does not have", name, found[1], found[2])
			}
			jobs[found[2]] = true
		}
	}
	page := documents(t)["docs/change.md"]
	for job, played := range jobs {
		if !played {
			t.Errorf("no workflow plays .ci/run %s", job)
		}
		if entry := strings.TrimSpace(".ci/run " + job); !strings.Contains(page, "`"+entry+"`") {
			t.Errorf("docs/change.md does not describe %s", entry)
		}
	}
	if len(jobs) < 4 {
		t.Errorf("the jobs of .ci/run are %v", jobs)
	}
}
