package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// change is one difference that clients may see.
type change struct {
	breaks bool
	text   string // one line of Markdown
}

// raised lists rules that oasdiff does not rate as errors by default, although such a change may break a generated
// client: it has names from operationIds and tags, may know all statuses, and may check the requests that it sends.
var raised = []string{
	"api-operation-id-removed",
	"api-security-added",
	"api-global-security-added",
	"api-security-component-removed",
	"api-tag-removed", // some generators name a class by it
	"optional-response-header-removed",
	"request-parameter-pattern-changed",
	"request-parameter-property-type-changed",
	"request-parameter-removed",
	"request-property-pattern-changed",
	"request-property-removed", // our bodies are closed, so the property is refused from now on
	"response-non-success-status-removed",
	"response-media-type-name-changed",
	"response-property-pattern-changed",
}

// lowered lists rules of oasdiff for changes that the contract announces: answers may get more values.
// The contract also says how clients treat a value that they do not know.
var lowered = []string{"response-property-enum-value-added"}

// compare returns the changes from one contract to the other that clients may see: first those that break a client.
func compare(released, contract []byte) ([]change, error) {
	was, err := read(released, releasedFile)
	if err != nil {
		return nil, err
	}
	is, err := read(contract, contractFile)
	if err != nil {
		return nil, err
	}
	found, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), was, is)
	if err != nil {
		return nil, err
	}
	levels, err := severities()
	if err != nil {
		return nil, err
	}
	config := checker.NewConfig(checker.GetAllChecks(), checker.WithSeverityLevels(levels))
	words := checker.NewLocalizer("en")
	all := movedReasons(was.Spec, is.Spec)
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(config, found, sources, checker.INFO) {
		if unseen(c) {
			continue
		}
		text := c.GetUncolorizedText(words)
		if c.GetOperation() != "" {
			text = fmt.Sprintf("`%s %s`: %s", c.GetOperation(), c.GetPath(), text)
		}
		all = append(all, change{breaks: c.GetLevel() >= checker.WARN, text: text})
	}
	slices.SortFunc(all, func(a, b change) int {
		if a.breaks != b.breaks {
			if a.breaks {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.text, b.text)
	})
	return slices.Compact(all), nil
}

func read(contract []byte, name string) (*load.SpecInfo, error) {
	info, err := load.NewSpecInfoFromData(openapi3.NewLoader(), contract, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	closeAnswers(info.Spec)
	return info, nil
}

// unseen reports whether clients do not see a change. A change in the list of components is left out,
// because each component is compared where it is used. A change of the version is left out, because
// check compares the versions.
func unseen(c checker.Change) bool {
	return strings.HasPrefix(c.GetId(), "api-schema-") || strings.Contains(c.GetId(), "version-")
}

// severities returns the levels of the rules that this command rates differently from oasdiff.
func severities() (map[string]checker.Level, error) {
	known, levels := checker.GetCheckLevels(), map[string]checker.Level{}
	for level, rules := range map[checker.Level][]string{checker.ERR: raised, checker.INFO: lowered} {
		for _, id := range rules {
			if _, ok := known[id]; !ok {
				return nil, fmt.Errorf("oasdiff has no rule %s any more", id)
			}
			levels[id] = level
		}
	}
	return levels, nil
}

// movedReasons lists the reasons whose status in an operation has changed. oasdiff does not compare
// x-reasons, which is an extension of this contract.
func movedReasons(was, is *openapi3.T) (all []change) {
	for _, path := range slices.Sorted(maps.Keys(was.Paths.Map())) {
		item := is.Paths.Value(path)
		if item == nil {
			continue
		}
		for method, op := range was.Paths.Value(path).Operations() {
			now := statuses(item.Operations()[method])
			before := statuses(op)
			for _, reason := range slices.Sorted(maps.Keys(before)) {
				if status := now[reason]; status != "" && status != before[reason] {
					all = append(all, change{true, fmt.Sprintf("`%s %s`: reason `%s` moved from status `%s` to `%s`",
						method, path, reason, before[reason], status)})
				}
			}
		}
	}
	return all
}

// statuses gives each reason of an operation its status.
func statuses(op *openapi3.Operation) map[string]string {
	by := map[string]string{}
	if op == nil {
		return by
	}
	listed, _ := op.Extensions["x-reasons"].(map[string]any)
	for status, reasons := range listed {
		names, _ := reasons.([]any)
		for _, name := range names {
			by[fmt.Sprint(name)] = status
		}
	}
	return by
}
