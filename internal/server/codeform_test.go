package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/enroll-project/enroll/internal/digit"
)

// codeForms are the forms in which people type and paste codes. The digits of all decimal systems of Unicode are
// among them: each form mixes those of six systems, one for each digit of a code.
func codeForms() map[string]func(code string) string {
	forms := map[string]func(code string) string{
		"as it was sent":     func(code string) string { return code },
		"blanks around":      func(code string) string { return "  " + code + "\r\n" },
		"a blank":            func(code string) string { return code[:3] + " " + code[3:] },
		"a hyphen":           func(code string) string { return code[:3] + "-" + code[3:] },
		"a no-break space":   func(code string) string { return code[:3] + "\u00a0" + code[3:] },
		"marks of direction": func(code string) string { return "\u2067" + code + "\u2069\u200f" },
		"the whole message":  func(code string) string { return "Your code is " + code + "." },
		"a message in Chinese": func(code string) string {
			return "您的验证码是" + inDigits('０')(code) + "，十分钟内有效"
		},
		"Arabic digits":     inDigits('٠'),
		"full-width digits": inDigits('０'),
	}
	var zeros []rune
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if value, ok := digit.Value(r); ok && value == 0 {
			zeros = append(zeros, r)
		}
	}
	for some := range slices.Chunk(zeros, 6) {
		forms[fmt.Sprintf("digits of %U", some)] = inDigits(some...)
	}
	return forms
}

// inDigits returns a function that writes a code with the digits of decimal systems, which their zeros name: the
// first digit in the first system, and so on.
func inDigits(zeros ...rune) func(code string) string {
	return func(code string) string {
		var b strings.Builder
		for i, d := range code {
			b.WriteRune(zeros[i%len(zeros)] + d - '0')
		}
		return b.String()
	}
}

// TestCodeForms is the other half of BI-40, right codes in other forms: each operation that takes a code reads
// each of codeForms. A wrong code before it does not spend the right one.
func TestCodeForms(t *testing.T) {
	t.Parallel()
	forms := codeForms()
	if len(forms) < 10+11 { // Unicode 15.0 has 68 decimal systems
		t.Errorf("%d forms: those of the decimal systems are missing", len(forms))
	}
	takes := map[string]bool{}
	for _, op := range operations() {
		for _, field := range []string{"code", "proof_code"} {
			if op.fields()[field] == nil {
				continue
			}
			takes[op.OperationID+" "+field] = true
			for form, write := range forms {
				t.Run("BI-40/"+op.OperationID+"/"+field+"/"+form, func(t *testing.T) {
					t.Parallel()
					s := arrange(t, op, options{})
					var good body
					if field == "code" {
						good = s.good(field)
					} else {
						good = s.proof()
					}
					s.refuses(good.with(field, wrong(s.sent)), "a guess")
					s.ask(good.with(field, write(s.sent))).is(t, http.StatusOK, "")
					switch op.OperationID {
					case "updateUser": // the phone is the user's by now, so it needs no code
					case "deleteUser": // the token has ended with the account
					default:
						s.refuses(good, "a spent code")
					}
				})
			}
		}
	}
	want := []string{"changePassword code", "confirmEmail code", "deleteUser code", "login code", "register code",
		"resetPassword code", "updateUser code", "updateUser proof_code", "verifyEmail code"}
	if got := slices.Sorted(maps.Keys(takes)); !slices.Equal(got, want) {
		t.Errorf("codes are taken by %q, want %q", got, want)
	}
}

// proof is a change of the user name whose proof is a code to the user's own email.
func (s *scene) proof() body {
	s.Helper()
	s.sent = s.mailed(s.token, body{"state": "change"})
	return body{"user_name": "renamed", "proof_code": s.sent}
}
