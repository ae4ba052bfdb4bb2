package house

import (
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxReadmeWords keeps the README short enough to be read. Details belong on a page of docs/.
const maxReadmeWords = 1200

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)|src="([^"]+)"`)
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced     = regexp.MustCompile("(?ms)^[ ]*```.*?^[ ]*```$")
	dropped    = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	setting    = regexp.MustCompile(`ENROLL_[A-Z_]+`)
	metric     = regexp.MustCompile("`(enroll_[a-z_]+)")
	folderLine = regexp.MustCompile(`(?m)^( *)([a-z0-9_.-]+/(?:[a-z]+/)?) `)
)

// checkLinks returns the relative links of a document whose file or heading does not exist.
func checkLinks(name, text string, documents map[string]string, exists func(string) bool) (offences []string) {
	for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		target := found[1] + found[2]
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file, anchor, _ := strings.Cut(target, "#")
		if file = path.Join(path.Dir(name), file); strings.HasPrefix(target, "#") {
			file = name
		}
		if !exists(file) {
			offences = append(offences, fmt.Sprintf("%s links to %s, which does not exist", name, file))
		} else if anchor != "" && !slices.Contains(anchors(documents[file]), anchor) {
			offences = append(offences, fmt.Sprintf("%s links to #%s, which is not a heading of %s", name, anchor, file))
		}
	}
	return offences
}

// anchors returns the names that GitHub gives to the headings of a document.
func anchors(text string) (names []string) {
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		plain := dropped.ReplaceAllString(strings.ToLower(found[1]), "")
		names = append(names, strings.ReplaceAll(plain, " ", "-"))
	}
	return names
}

func TestLinks(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	for name, text := range texts {
		for _, offence := range checkLinks(name, text, texts, func(file string) bool {
			_, err := os.Stat("../../" + file)
			return err == nil
		}) {
			t.Error(offence)
		}
	}
}

func TestLinksBroken(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"docs/a.md": "# A `b`: c-d, e\n", "b.md": ""}
	exists := func(file string) bool { _, ok := texts[file]; return ok }
	const good = "[a](docs/a.md#a-b-c-d-e) [b](#top) [x](https://example.com)\n# Top\n```\n[c](c.md)\n```\n"
	if found := checkLinks("b.md", good, texts, exists); len(found) != 1 || !strings.Contains(found[0], "#top") {
		t.Errorf("the text that is not known: %v", found)
	}
	texts["b.md"] = good
	if found := checkLinks("b.md", good, texts, exists); found != nil {
		t.Errorf("good links: %v", found)
	}
	for text, want := range map[string]string{
		"[a](../c.md)":             "links to c.md",
		"[a](a.md#b)":              "links to #b",
		`<img src="x.png" alt="">`: "links to docs/x.png",
	} {
		if found := checkLinks("docs/b.md", text, texts, exists); len(found) != 1 || !strings.Contains(found[0], want) {
			t.Errorf("%s: %v", text, found)
		}
	}
}

// TestMetrics fails if a document or a file of deploy/ names a metric that does not exist.
func TestMetrics(t *testing.T) {
	t.Parallel()
	texts, metrics := documents(t), metricNames(house(t))
	maps.Copy(texts, textsBelow(t, func(name string) bool { return strings.HasPrefix(name, "deploy/") }))
	for name, text := range texts {
		for _, found := range metric.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(metrics, found[1]) {
				t.Errorf("%s names %s, which is not a metric", name, found[1])
			}
		}
	}
}

// metricNames returns the strings of the source that begin like a metric. The two roles of the
// database begin like one, too.
func metricNames(t *tree) (names []string) {
	quoted := regexp.MustCompile(`"(enroll_[a-z_]+)"`)
	for f := range t.written(source) {
		for _, found := range quoted.FindAllSubmatch(f.text, -1) {
			names = append(names, string(found[1]))
		}
	}
	return append(names, "enroll_app", "enroll_owner")
}

// TestReadme keeps the README short, and its tree equal to the folders that there are.
func TestReadme(t *testing.T) {
	t.Parallel()
	text := documents(t)["README.md"]
	if words := len(strings.Fields(text)); words > maxReadmeWords {
		t.Errorf("README.md has %d words, more than %d: move details to a page of docs/", words, maxReadmeWords)
	}
	_, section, _ := strings.Cut(text, "\n## The house\n")
	_, block, _ := strings.Cut(section, "\n```\n")
	block, _, _ = strings.Cut(block, "\n```\n")
	var named []string
	parent := ""
	for _, found := range folderLine.FindAllStringSubmatch(block, -1) {
		folder := found[2]
		if found[1] != "" {
			folder = parent + folder
		} else {
			parent = folder
		}
		named = append(named, strings.TrimSuffix(folder, "/"))
	}
	for _, p := range house(t).packages {
		folder := strings.Join(strings.SplitN(p.path, "/", 3)[:min(2, strings.Count(p.path, "/")+1)], "/")
		top, _, inside := strings.Cut(folder, "/")
		if inside && slices.Contains([]string{"cmd", "internal", "test"}, top) && !slices.Contains(named, folder) {
			t.Errorf("README.md's tree leaves out %s/", folder)
		}
	}
	for _, folder := range named {
		if _, err := os.Stat("../../" + folder); err != nil {
			t.Errorf("README.md's tree names %s/, which does not exist", folder)
		}
	}
}
