//go:build docs

package docs

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// random is an id or an invitation code, which differs each time.
var random = regexp.MustCompile(`^[0-9a-z]{16}([0-9a-z]{16})?$`)

// like is the pattern of a text in which … stands for anything. White space at
// the ends does not count.
func like(text string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(text)), "…", ".*"))
}

// json compares an answer with the answer that is shown: it needs the same members, the same values except times,
// and texts that are like the shown texts. If a page leaves members out (", …}"), an answer may have more.
func (r *reader) json(shown string) {
	r.t.Helper()
	var want, got any
	shown, r.partly = strings.ReplaceAll(shown, ", …}", "}"), strings.Contains(shown, ", …}")
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		r.t.Fatalf("what is shown is no JSON: %v", err)
	}
	if err := json.Unmarshal([]byte(r.last), &got); err != nil {
		r.t.Fatalf("%v: %s", err, r.last)
	}
	if r.same("", want, got); r.t.Failed() {
		r.t.Logf("the answer is %s", r.last)
	}
}

func (r *reader) same(path string, want, got any) {
	r.t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		for name := range object {
			if _, known := want[name]; !known && !r.partly {
				r.t.Errorf("%s.%s is not shown", path, name)
			}
		}
		for name, value := range want {
			if _, there := object[name]; !ok || !there {
				r.t.Errorf("%s.%s is shown, and not there", path, name)
			}
			r.same(path+"."+name, value, object[name])
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			r.t.Errorf("%s has %d members, %d are shown", path, len(list), len(want))
			return
		}
		for i := range want {
			r.same(fmt.Sprintf("%s[%d]", path, i), want[i], list[i])
		}
	case string:
		text, ok := got.(string)
		if random.MatchString(want) && random.MatchString(text) && len(text) == len(want) {
			return
		}
		if found := like(want).FindString(text); !ok || found != text {
			r.t.Errorf("%s is %v, and %q is shown", path, got, want)
		}
	case float64:
		number, ok := got.(float64)
		if moment := want > 1e9; !ok || moment != (number > 1e9) || !moment && number != want {
			r.t.Errorf("%s is %v, and %v is shown", path, got, want)
		}
	default:
		if !reflect.DeepEqual(want, got) {
			r.t.Errorf("%s is %v, and %v is shown", path, got, want)
		}
	}
}
