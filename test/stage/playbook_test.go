package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestScenariosAreWhole: every operation of the contract is called, and every
// reason is seen or left out for a reason that a person can read, never both.
func TestScenariosAreWhole(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Deployments map[string]deployment
		Answers     map[string]canned
		LeftOut     map[string]string `json:"left_out"`
		Scenarios   []struct {
			Name, On string
			Steps    []struct {
				Call   string
				Expect struct {
					Refusal *struct {
						Reason string
						Errors map[string]string
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &book); err != nil {
		t.Fatal(err)
	}
	called, seen, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range book.Scenarios {
		place, behind, _ := strings.Cut(s.On, "/")
		if used[place], used[s.On] = true, true; place == "answer" {
			if _, ok := book.Answers[behind]; !ok {
				t.Errorf("%q: there is no answer %q", s.Name, behind)
			}
		}
		for _, step := range s.Steps {
			called[step.Call] = true
			if no := step.Expect.Refusal; no != nil {
				seen[no.Reason] = true
				for _, reason := range no.Errors {
					seen[reason] = true
				}
			}
		}
	}
	for name := range book.Deployments {
		if !used[name] {
			t.Errorf("nothing plays on %s", name)
		}
	}
	for name := range book.Answers {
		if !used["answer/"+name] {
			t.Errorf("nobody hears the answer %s", name)
		}
	}
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			if !called[operation.OperationID] {
				t.Errorf("no scenario calls %s", operation.OperationID)
			}
		}
	}
	reasons := doc.Components.Schemas["Reason"].Value.Enum
	for _, reason := range reasons {
		if why := book.LeftOut[reason.(string)]; seen[reason.(string)] == (why != "") {
			t.Errorf("reason %s: seen %t, left out because %q", reason, seen[reason.(string)], why)
		}
	}
	for reason := range book.LeftOut {
		if !slices.Contains(reasons, any(reason)) {
			t.Errorf("%s is left out, and no reason", reason)
		}
	}
}

func TestReadPlaybook(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{", `{"deployments":{"other":{}}}`} {
		name := t.TempDir() + "/scenarios.json"
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readPlaybook(name); err == nil {
			t.Errorf("%q is accepted", content)
		}
	}
}
