package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// played names, for each block of README.md and docs/, the test or script that runs or compares it. Its keys
// are the page and the first line of the block. "*" stands for all blocks of a page. A value that begins
// with "not run" has the reason.
var played = map[string]map[string]string{
	"README.md": {
		"make test": "not run: CI runs it, and make test-bare in a bare Debian",
		"openapi.yaml   contract; contract.go embeds it": "TestReadme of this package",
		"*": "TestReadmePage of test/docs",
	},
	"docs/anqicms.md": {"*": "server.TestReferenceApp"},
	"docs/backup.md":  {"*": "make chaos CHAOS=restore, which sets the same"},
	"docs/captcha.md": {"*": "not run: it trains for minutes; strength.TestTraining trains for a moment"},
	"docs/deploy.md":  {"*": "TestReadmePage of test/docs"},
	"docs/hook.md": {
		`{"type": "user.registering", "timestamp": "2026-11-30T12:00:00Z",`: "hook.TestRequest sends such a request",
		"*": "enroll.TestHookPage",
	},
	"docs/integrate.md": {
		"ENROLL_TRUSTED_PROXIES=127.0.0.1": "the stage of make test-docs is started with it",
		"*":                                "TestIntegrate of test/docs",
	},
	"docs/kubernetes.md": {
		"rules:": "not run: it is for the Prometheus adapter of a cluster",
		"*":      "not run: they need a cluster; make check-chart installs by Helm's engine",
	},
	"docs/mutation.md": {"*": "not run: 16 minutes, and a tool that is not pinned"},
	"docs/names.md":    {"*": "TestReadmePage of test/docs"},
	"docs/observe.md":  {"*": "enroll.TestDashboard starts a Prometheus with the rules of that file"},
	"docs/operate.md": {
		"ENROLL_EVENTS_URL=https://crm.example/hook,mail=https://mail.example/in user.registered|user.deleted": "" +
			"settings.TestEventReceivers",
		"package main": "event.TestDocumentedReceiver",
		"*":            "command.TestOperatePage",
	},
	"docs/page.md":        {"*": "test/page/elsewhere.test.mjs sends the policy of the page"},
	"docs/performance.md": {"*": "not run: half an hour on a quiet machine"},
	"docs/profiles.md":    {"*": "TestReadmePage of test/docs"},
	"docs/quickstart.md":  {"*": "TestQuickstart of test/docs"},
	"docs/reliability.md": {"*": "CI runs make chaos"},
	"docs/roles.md": {
		"psql \"$ADMIN_URL\" -v ON_ERROR_STOP=1 --single-transaction -f deploy/roles.sql": "TestRoles of test/docs, with " +
			"deploy/passwords.sh, since \\password needs a terminal",
		"*": "TestReadmePage of test/docs",
	},
	"docs/templates.md": {"*": "command.TestTemplatesPage"},
	"docs/transfer.md": {
		`{"line":7,"kind":"user","id":41,"user_id":1005,"result":"changed","notes":["id: changed"]}`: "not run: " +
			"transfer.TestImportDuplicates reads such lines",
		"go test ./internal/transfer -run TestMany -rows 100000 -v": "not run: minutes",

		"*": "command.TestTransferPage",
	},
	"docs/sms.md": {"*": "TestIntegrate of test/docs compares it with a post of Enroll"},
}

// openings returns the first lines of the blocks of a document: of fenced blocks, also in lists, and of blocks that
// are indented by four or more after an empty line.
func openings(text string) (found []string) {
	inFence, inIndent, empty := false, false, true
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```"):
			if inFence = !inFence; inFence && i+1 < len(lines) {
				found = append(found, strings.TrimSpace(lines[i+1]))
			}
			inIndent = false
		case inFence || trimmed == "":
		case !strings.HasPrefix(line, "    "):
			inIndent = false
		case empty && !inIndent:
			found, inIndent = append(found, trimmed), true
		}
		empty = trimmed == ""
	}
	return found
}

// checkBlocks returns the blocks without an entry in played, and the entries without a block.
func checkBlocks(texts map[string]string, played map[string]map[string]string) (offences []string) {
	unused := map[string]bool{}
	for page, says := range played {
		for opening := range says {
			unused[page+": "+opening] = true
		}
	}
	for page, text := range texts {
		for _, opening := range openings(text) {
			by := opening
			if played[page][by] == "" {
				by = "*"
			}
			if played[page][by] == "" {
				offences = append(offences, fmt.Sprintf("%s: played does not say what runs this block: %s", page, opening))
			}
			delete(unused, page+": "+by)
		}
	}
	for _, entry := range slices.Sorted(maps.Keys(unused)) {
		offences = append(offences, entry+": there is no such block")
	}
	return offences
}

// TestBlocks: each block of README.md and docs/ has an entry in played, and each test or
// script that an entry names exists.
func TestBlocks(t *testing.T) {
	t.Parallel()
	texts, known := documents(t), knownFacts(t)
	maps.DeleteFunc(texts, func(name, _ string) bool {
		return name != "README.md" && !strings.HasPrefix(name, "docs/") || name == "docs/errors.md"
	})
	for _, offence := range checkBlocks(texts, played) {
		t.Error(offence)
	}
	for page, says := range played {
		for _, by := range says {
			for _, offence := range known.check(page, by) {
				t.Error(offence)
			}
		}
	}
}

func TestBlocksBroken(t *testing.T) {
	t.Parallel()
	said := map[string]map[string]string{"a.md": {"one": "a test", "*": "another"}}
	const good = "# A\n\n    one\n    two\n\n    three\n\n1. item\n\n   ```sh\n   four\n\n   five\n   ```\n"
	if found := openings(good); !slices.Equal(found, []string{"one", "four"}) {
		t.Errorf("the blocks of the page are %q", found)
	}
	if found := checkBlocks(map[string]string{"a.md": good}, said); found != nil {
		t.Errorf("a page of known blocks: %q", found)
	}
	for text, want := range map[string]string{"    two\n": "one", "    one\n": "*"} {
		found := checkBlocks(map[string]string{"a.md": text}, said)
		if !slices.Equal(found, []string{"a.md: " + want + ": there is no such block"}) {
			t.Errorf("%q: %q", text, found)
		}
	}
	if found := checkBlocks(map[string]string{"b.md": "```sh\nx\n```\n"}, nil); len(found) != 1 {
		t.Errorf("a page of which nothing is said: %q", found)
	}
}
