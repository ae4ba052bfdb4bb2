package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/gen/sdk/go"
)

// tree is a JSON object whose numbers are json.Number.
type tree = map[string]any

// scenario, step and outcome are as test/scenarios.md describes them.
type scenario struct {
	Name, Why string
	On        bases
	Fresh     map[string]any
	Steps     []step
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

type step struct {
	Stage   string
	Solve   tree
	Call    string
	Timeout int // in milliseconds
	Params  tree
	Token   any
	Body    tree
	Expect  struct {
		OK         *accepted
		Refusal    *refused
		Unexpected *strange
		NoAnswer   *struct{} `json:"no_answer"`
	}
	Save map[string]string
}

type accepted struct {
	Data    tree
	Msg     any
	Headers tree
}

type refused struct {
	Status, Code, Reason any
	Msg                  any
	RequestID            any `json:"request_id"`
	RetryAfter           any `json:"retry_after"`
	Errors               map[string]string
	FieldMsg             map[string]string `json:"field_msg"`
	Known                *bool
}

type strange struct {
	Status     any
	RetryAfter any `json:"retry_after"`
}

func (s scenario) play(ctx context.Context, stage stage, on string) error {
	base, err := stage.base(on)
	if err != nil {
		return err
	}
	vars := tree{}
	for name, kind := range s.Fresh {
		if vars[name], err = fresh(kind); err != nil {
			return err
		}
	}
	for i, raw := range s.Steps {
		st, err := raw.with(vars)
		if err == nil {
			err = st.play(ctx, stage, base, vars)
		}
		if err != nil {
			return fmt.Errorf("step %d (%s%s): %w", i+1, raw.Call, raw.Stage, err)
		}
	}
	return nil
}

func (st step) play(ctx context.Context, stage stage, base string, vars tree) error {
	var answer tree
	var err error
	if st.Stage != "" {
		answer, err = stage.ask(ctx, st.Stage)
	} else if st.Solve != nil {
		answer, err = solve(ctx, st.Solve)
	} else if stage.admin {
		answer, err = st.callAdmin(ctx, base)
	} else {
		answer, err = st.call(ctx, base)
	}
	if err != nil {
		return err
	}
	for name, path := range st.Save {
		var value any = answer
		for part := range strings.SplitSeq(path, ".") {
			value = member(value, part)
		}
		if value == nil {
			return fmt.Errorf("there is no %s to save", path)
		}
		vars[name] = value
	}
	return nil
}

// member returns a member of an object, or an element of a list, and nil if there is none.
func member(of any, part string) any {
	switch of := of.(type) {
	case tree:
		return of[part]
	case []any:
		if n, err := strconv.Atoi(part); err == nil && n >= 0 && n < len(of) {
			return of[n]
		}
	}
	return nil
}

// letters and digits of which fresh texts are made.
const (
	letters = "abcdefghijklmnopqrstuvwxyz"
	digits  = "123456789"
)

// fresh makes a value of a kind that no other run has.
func fresh(kind any) (any, error) {
	if length, ok := kind.(json.Number); ok {
		n, err := length.Int64()
		return strings.Repeat("x", int(n)), err
	}
	switch kind {
	case "name":
		return some(letters, 1) + some(letters+digits, 11), nil
	case "phone":
		return "138" + some(digits, 8), nil
	case "email":
		return some(letters, 12) + "@example.com", nil
	case "digits":
		return some(digits, 8), nil
	case "key":
		return enroll.NewIdempotencyKey(), nil
	}
	return nil, fmt.Errorf("unknown kind %v", kind)
}

func some(of string, n int) string {
	var b strings.Builder
	for _, r := range rand.Text() {
		if b.Len() == n {
			break
		}
		b.WriteByte(of[int(r)%len(of)])
	}
	return b.String()
}

var variable = regexp.MustCompile(`\{\{(\w+)\}\}`)

// with puts the variables into a step.
func (st step) with(vars tree) (step, error) {
	raw, err := json.Marshal(st)
	if err != nil {
		return st, err
	}
	var plain any
	if err := decode(raw, &plain); err != nil {
		return st, err
	}
	if plain, err = fill(plain, vars); err != nil {
		return st, err
	}
	if raw, err = json.Marshal(plain); err != nil {
		return st, err
	}
	var filled step
	return filled, decode(raw, &filled)
}

// fill replaces the variables in all texts below a value.
func fill(in any, vars tree) (_ any, err error) {
	switch in := in.(type) {
	case tree:
		for key := range in {
			if in[key], err = fill(in[key], vars); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range in {
			if in[i], err = fill(in[i], vars); err != nil {
				return nil, err
			}
		}
	case string:
		if whole := variable.FindStringSubmatch(in); whole != nil && whole[0] == in && vars[whole[1]] != nil {
			return vars[whole[1]], nil
		}
		text := variable.ReplaceAllStringFunc(in, func(found string) string {
			value, ok := vars[strings.Trim(found, "{}")]
			if !ok {
				err = fmt.Errorf("%s was not set", found)
			}
			return fmt.Sprint(value)
		})
		return text, err
	}
	return in, nil
}
