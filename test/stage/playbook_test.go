package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/test/strict"
)

// book is what the tests need of a file of scenarios.
type book struct {
	Deployments map[string]deployment
	Answers     map[string]canned
	LeftOut     map[string]string `json:"left_out"`
	Scenarios   []struct {
		Name  string
		On    bases
		Steps []struct {
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

// bases are one base URL or several.
type bases []string

func (b *bases) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, (*[]string)(b)) == nil {
		return nil
	}
	*b = bases{""}
	return json.Unmarshal(raw, &(*b)[0])
}

func readBook(t *testing.T, name string) (b book) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(raw, &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHostileIsWhole shows that every hostile server and every made-up answer of
// hostile.json has a scenario with a registration or, if only the key set is
// malformed, with a request for it.
func TestHostileIsWhole(t *testing.T) {
	t.Parallel()
	b := readBook(t, "../hostile.json")
	want := hostileNames()
	for i, name := range want {
		want[i] = "hostile/" + name
	}
	for name := range b.Answers {
		want = append(want, "answer/"+name)
	}
	played := map[string][]string{}
	for _, s := range b.Scenarios {
		for _, on := range s.On {
			if !slices.Contains(want, on) {
				t.Errorf("%q: there is no %s", s.Name, on)
			}
			for _, step := range s.Steps {
				played[on] = append(played[on], step.Call)
			}
		}
	}
	for _, on := range want {
		call := "register"
		if strings.HasPrefix(on, "hostile/keys-") {
			call = "getJwks"
		}
		if !slices.Contains(played[on], call) {
			t.Errorf("no scenario calls %s on %s", call, on)
		}
	}
}

// TestScenariosAreWhole: every operation of the contract is called. Every reason is either seen or
// in the list of those left out, with an explanation.
func TestScenariosAreWhole(t *testing.T) {
	t.Parallel()
	book := readBook(t, "../scenarios.json")
	called, seen, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range book.Scenarios {
		for _, on := range s.On {
			place, behind, _ := strings.Cut(on, "/")
			if used[place], used[on] = true, true; place == "answer" {
				if _, ok := book.Answers[behind]; !ok {
					t.Errorf("%q: there is no answer %q", s.Name, behind)
				}
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
	reasons := strict.Known(doc.Components.Schemas["Reason"].Value)
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
