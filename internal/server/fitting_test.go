package server

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/operation"
)

// refusalText is the text of a reason, or of a success, in an operation. "" is not an operation.
func refusalText(texts *message.Texts, op, reason string) string {
	c := operation.Call{Texts: texts}
	if op != "" {
		c.Op = &contract.Operation{ID: op}
	}
	return c.Refusal(reason, 0, 0)
}

// refusing is an operation with the reasons of its refusals, those of its fields too.
type refusing struct {
	*openapi3.Operation
	reasons []string
}

// reasonsOfOperations returns all operations that the contract has below /api/.
func reasonsOfOperations(t *testing.T) (all []refusing) {
	t.Helper()
	for path, item := range load(t).Paths.Map() {
		for _, op := range item.Operations() {
			one := refusing{Operation: op}
			for _, reasons := range op.Extensions["x-reasons"].(map[string]any) {
				for _, r := range reasons.([]any) {
					one.reasons = append(one.reasons, r.(string))
				}
			}
			if slices.Contains(one.reasons, "invalid_request") {
				one.reasons = append(one.reasons, ofFields...)
			}
			if strings.HasPrefix(path, "/api/") {
				all = append(all, one)
			}
		}
	}
	return all
}

// has reports whether the body of an operation, of any media type, has a field whose name matches.
func (r refusing) has(name string) bool {
	if r.RequestBody == nil {
		return false
	}
	for _, media := range r.RequestBody.Value.Content {
		for field := range media.Schema.Value.Properties {
			if regexp.MustCompile(name).MatchString(field) {
				return true
			}
		}
	}
	return false
}

// takes reports whether an operation has a parameter or a field of this name.
func (r refusing) takes(name string) bool {
	return r.has("^"+name+"$") || slices.ContainsFunc(r.Parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.Name == name
	})
}

// sends reports whether the body of an operation has a media type.
func (r refusing) sends(media string) bool {
	return r.RequestBody != nil && r.RequestBody.Value.Content[media] != nil
}

// secured reports whether an operation always needs a token.
func (r refusing) secured() bool {
	return r.Security != nil && len(*r.Security) > 0 &&
		!slices.ContainsFunc(*r.Security, func(s openapi3.SecurityRequirement) bool { return len(s) == 0 })
}

// fitting are the words that a message may have only where they make sense.
var fitting = map[string]struct {
	words *regexp.Regexp
	fits  func(op refusing, reason string) bool
}{
	"to log in": {
		regexp.MustCompile(`(?i)\blog in\b|直接登录|重新登录|请先登录`),
		// A message to a person with a token must not say "log in", unless the refusal is about the token or its age. The
		// other exception is identifier_needed: its message is about the last identifier by which the person can log in.
		func(op refusing, reason string) bool {
			return !op.secured() || strings.HasPrefix(reason, "token_") ||
				slices.Contains([]string{"login_too_old", "identifier_needed"}, reason)
		},
	},
	"to register": {
		regexp.MustCompile(`(?i)\bregister\b|请先注册|注册信息|用户名注册`),
		// phone_unregistered refuses a login by a code to a phone that no user has.
		func(op refusing, reason string) bool {
			return op.OperationID == "register" || reason == "phone_unregistered"
		},
	},
	"JSON": {
		regexp.MustCompile(`JSON`),
		func(op refusing, _ string) bool { return op.sends("application/json") },
	},
	"a form": {
		regexp.MustCompile(`(?i)multipart|表单`),
		func(op refusing, _ string) bool { return op.sends("multipart/form-data") },
	},
	"a picture": {
		regexp.MustCompile(`(?i)picture|图片`),
		func(op refusing, _ string) bool { return op.sends("multipart/form-data") },
	},
	"a captcha": {
		regexp.MustCompile(`(?i)captcha|人机|图形验证码`),
		func(op refusing, _ string) bool { return op.takes("captcha_id") },
	},
	"a password": {
		regexp.MustCompile(`(?i)password|密码`),
		func(op refusing, _ string) bool { return op.has("password") },
	},
	"an account name": {
		regexp.MustCompile(`(?i)account name|账号或密码`),
		func(op refusing, _ string) bool { return op.OperationID == "login" },
	},
	"a code": {
		regexp.MustCompile(`(?i)\bcode\b|(?:^|[^形])验证码`),
		func(op refusing, _ string) bool {
			return op.takes("code") || strings.HasPrefix(op.OperationID, "send")
		},
	},
	"a phone or an SMS": {
		regexp.MustCompile(`(?i)phone|SMS|手机|短信`),
		func(op refusing, _ string) bool { return op.has("^(phone|old_password|password)$") },
	},
	"an email": {
		regexp.MustCompile(`(?i)e-?mail|邮箱|邮件`),
		func(op refusing, _ string) bool { return op.takes("email") || op.has("password") },
	},
	"an avatar": {
		regexp.MustCompile(`(?i)avatar|头像`),
		func(op refusing, _ string) bool { return op.takes("avatar_url") || op.sends("multipart/form-data") },
	},
	"Idempotency-Key": {
		regexp.MustCompile(`Idempotency-Key`),
		func(op refusing, _ string) bool { return op.takes("Idempotency-Key") },
	},
	"a number that is not there": {
		regexp.MustCompile(`[{}\[\]|]`), func(refusing, string) bool { return false },
	},
}

// TestMessagesFitTheirOperation: each message of each (operation, reason) of the contract, in each language
// and with and without each variant, has only words that make sense to a person who uses this operation.
func TestMessagesFitTheirOperation(t *testing.T) {
	t.Parallel()
	variants := [][]string{{}, {variantSMS, variantImage, variantMail, variantNamePhone}, {variantName, variantMail}}
	operations := reasonsOfOperations(t)
	var seen int
	for _, offered := range variants {
		languages, err := newLanguages(nil, offered...)
		if err != nil {
			t.Fatal(err)
		}
		for _, texts := range languages.All() {
			for _, op := range operations {
				for _, reason := range op.reasons {
					seen++
					text := refusalText(texts, op.OperationID, reason)
					if text == "" {
						t.Errorf("%s: %s has no text in %s", op.OperationID, reason, texts.Tag)
					}
					for what, rule := range fitting {
						// The rules have the words of two languages.
						ruled := texts.Tag == "en" || texts.Tag == "zh-CN"
						if found := rule.words.FindString(text); ruled && found != "" && !rule.fits(op, reason) {
							t.Errorf("%s: %s names %s (%q): %s", op.OperationID, reason, what, found, text)
						}
					}
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d messages were read", seen)
	}
}
