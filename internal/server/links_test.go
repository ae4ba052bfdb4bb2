package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/test/captchatest"
)

// linked is a link of test/contract/links.yaml: what a client can do next with the answer of an operation.
type linked struct {
	at          string // the method and path of the operation whose answer has the link
	name        string // of the link in components
	OperationID string
	Parameters  map[string]string // by place and name, such as header.Token
	RequestBody map[string]string
}

var (
	linkTarget = regexp.MustCompile(`^\$\.paths\['([^']+)'\]\.(\w+)\.responses\['200'\]$`)
	expression = regexp.MustCompile(`^\$(request|response)\.body#/(.+)$`)
)

// readLinks returns all links. The reader of OpenAPI is the only reader of YAML that the module has, so the file is
// read as an extension of an empty document.
func readLinks(t *testing.T) (all []linked) {
	t.Helper()
	text, err := os.ReadFile("../../test/contract/links.yaml")
	fatal(t, err)
	doc, err := openapi3.NewLoader().LoadFromData([]byte("openapi: 3.0.3\ninfo: {title: links, version: '1'}\n" +
		"paths: {}\nx-overlay:\n  " + strings.ReplaceAll(string(text), "\n", "\n  ")))
	fatal(t, err)
	var file struct {
		Actions []struct {
			Target string
			Update struct{ Links map[string]json.RawMessage }
		}
	}
	fatal(t, json.Unmarshal([]byte(jsonOf(doc.Extensions["x-overlay"])), &file))
	components := map[string]linked{}
	for _, action := range file.Actions {
		for name, link := range action.Update.Links {
			if action.Target == "$.components" {
				l := linked{name: name}
				fatal(t, json.Unmarshal(link, &l))
				components[name] = l
				continue
			}
			var ref map[string]string
			fatal(t, json.Unmarshal(link, &ref))
			l, is := components[strings.TrimPrefix(ref["$ref"], "#/components/links/")]
			at := linkTarget.FindStringSubmatch(action.Target)
			if !is || at == nil {
				t.Fatalf("no component, or another target: %s: %s", action.Target, link)
			}
			l.at = strings.ToUpper(at[2]) + " " + at[1]
			all = append(all, l)
		}
	}
	return all
}

// value evaluates an expression of a link.
func (l linked) value(t testing.TB, text string, sent body, got answer) any {
	t.Helper()
	parts := expression.FindStringSubmatch(text)
	if parts == nil {
		t.Fatalf("%s: no test knows the form of %s", l.name, text)
	}
	var value any = map[string]any(sent)
	if parts[1] == "response" {
		fatal(t, json.Unmarshal(got.body, &value))
	}
	for name := range strings.SplitSeq(parts[2], "/") {
		if list, is := value.([]any); is && name == "0" && len(list) > 0 {
			value = list[0]
			continue
		}
		object, _ := value.(map[string]any)
		value = object[name]
	}
	if value == nil || value == "" {
		t.Fatalf("%s: %s is neither in %v nor in %s", l.name, text, sent, got.body)
	}
	return value
}

// follow sends the request of a link. rest has what the link leaves to the client; a Token in it is a header.
func (l linked) follow(d *deployment, sent body, got answer, rest body) answer {
	d.Helper()
	i := slices.IndexFunc(operations(), func(op target) bool { return op.OperationID == l.OperationID })
	if i < 0 {
		d.Fatalf("%s leads to %s, which is not in the contract", l.name, l.OperationID)
	}
	op, fields, headers := operations()[i], maps.Clone(rest), []string{}
	for name, text := range l.RequestBody {
		fields[name] = l.value(d, text, sent, got)
	}
	for place, text := range l.Parameters {
		in, name, _ := strings.Cut(place, ".")
		value := l.value(d, text, sent, got)
		if in == openapi3.ParameterInPath {
			op.path = strings.ReplaceAll(op.path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
			continue
		}
		fields[name] = value
	}
	if token, is := fields["Token"].(string); is {
		headers = []string{"Token", token}
		delete(fields, "Token")
	}
	if op.body != nil {
		return d.post(op.path, fields, headers...)
	}
	query := url.Values{}
	for name, value := range fields {
		query.Set(name, fmt.Sprint(value))
	}
	return d.do(op.method, strings.TrimSuffix(op.path+"?"+query.Encode(), "?"), "", headers...)
}

// linkRests has for each link the rest of its request.
var linkRests = map[string]func(d *deployment, got answer) body{
	"ReadUser":            func(*deployment, answer) body { return body{} },
	"LogIn":               func(*deployment, answer) body { return body{} },
	"ProveEmail":          func(*deployment, answer) body { return body{} },
	"Invite":              func(*deployment, answer) body { return alice.with("user_name", "newcomer") },
	"HearCaptcha":         func(_ *deployment, got answer) body { return body{"proof": soundProof(got)} },
	"RegisterWithCaptcha": func(d *deployment, got answer) body { return alice.with("captcha", digits(d, got)) },
	"SendCodeWithCaptcha": func(d *deployment, got answer) body {
		return body{"phone": "13800138000", "captcha": digits(d, got)}
	},
	"LogInWithCaptcha": func(d *deployment, got answer) body {
		id, answer := d.solve()
		d.registered(alice.with("captcha_id", id).with("captcha", answer))
		return alice.with("captcha", digits(d, got))
	},
	"RegisterByPhone": func(d *deployment, _ answer) body { return body{"code": d.phones.last()} },
	"LogInByPhone": func(d *deployment, _ answer) body {
		d.registered(body{"phone": "13800138000", "code": d.phones.last()})
		d.now.advance(time.Minute)
		return body{"code": d.code("13800138000", "login")}
	},
	"RedeemEmailCode":  func(d *deployment, _ answer) body { return redeeming(d).with("state", "verify") },
	"ConfirmEmailCode": func(d *deployment, _ answer) body { return redeeming(d) },
	"ChangeUser":       func(*deployment, answer) body { return body{"real_name": "Alice"} },
	"ListSessions":     func(*deployment, answer) body { return body{} },
	"EndSession":       func(d *deployment, _ answer) body { return body{"Token": d.login(alice)} },
	"ReadGroup":        func(d *deployment, _ answer) body { return body{"Token": d.registered(alice).Token} },
	"ResetByEmail": func(d *deployment, _ answer) body {
		d.exec("UPDATE users SET email_verified_at = now()")
		d.now.advance(time.Minute) // between two codes
		return body{"code": d.resetCode("alice@example.com"), "password": "another good one"}
	},
	"ResetByPhone": func(d *deployment, _ answer) body {
		d.registered(body{"phone": "13800138000", "code": d.phones.last()})
		d.now.advance(time.Minute)
		d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "reset"}).is(d, http.StatusOK, "")
		d.settle()
		return body{"code": d.phones.last(), "password": "another good one"}
	},
}

// soundProof solves the proof of work of a captcha's sound.
func soundProof(got answer) string { return captchatest.SoundProof(captchaID(got), captcha.LeastBits) }

func captchaID(got answer) string {
	var challenge struct {
		ID string `json:"captcha_id"`
	}
	_ = json.Unmarshal(got.Data, &challenge) // a link without an id fails by its value
	return challenge.ID
}

// digits solves a captcha as only a test can: by the secret.
func digits(d *deployment, got answer) string {
	d.Helper()
	answer, err := captchatest.Answer(make([]byte, 32), captchaID(got))
	fatal(d, err)
	return answer
}

// redeeming has the code that was mailed to the person of linkSources, and the person's token.
func redeeming(d *deployment) body {
	d.Helper()
	code, _ := d.mails.last(d)
	return body{"code": code, "Token": d.login(alice)}
}

// linkSources has for each operation with links a request of it that succeeds.
var linkSources = map[string]func(d *deployment) (sent body, got answer){
	"POST /api/register": func(d *deployment) (body, answer) { return posted(d, "/api/register", mailing) },
	"GET /api/captcha":   func(d *deployment) (body, answer) { return nil, d.get("/api/captcha") },
	"POST /api/verify/phone": func(d *deployment) (body, answer) {
		return posted(d, "/api/verify/phone", body{"phone": "13800138000"})
	},
	"POST /api/login": func(d *deployment) (body, answer) {
		d.registered(mailing)
		return posted(d, "/api/login", alice)
	},
	"POST /api/verify/email": func(d *deployment) (body, answer) {
		return posted(d, "/api/verify/email", body{"email": "alice@example.com"}, "Token", d.registered(mailing).Token)
	},
	"GET /api/verify/email": func(d *deployment) (body, answer) {
		code := d.mailed(d.registered(mailing).Token, body{"email": "alice@example.com"})
		query := url.Values{"email": {"alice@example.com"}, "code": {code}, "state": {"verify"}}
		return nil, d.get("/api/verify/email?"+query.Encode(), "Token", d.login(alice))
	},
	"GET /api/user/sessions": func(d *deployment) (body, answer) {
		return nil, d.get("/api/user/sessions", "Token", d.registered(mailing).Token)
	},
	"GET /api/user/groups": func(d *deployment) (body, answer) {
		d.exec("INSERT INTO groups (site_id, id, title, description, level) VALUES (1, 2, 'Members', '', 1)")
		return nil, d.get("/api/user/groups")
	},
}

// mailing is alice with an email.
var mailing = alice.with("email", "alice@example.com")

// posted sends a request and returns it with its answer.
func posted(d *deployment, path string, b body, headers ...string) (body, answer) {
	d.Helper()
	return b, d.post(path, b, headers...)
}

// TestLinks: each link, followed with a real answer, leads to a success.
func TestLinks(t *testing.T) {
	t.Parallel()
	rests, sources := map[string]bool{}, map[string]bool{}
	for _, l := range readLinks(t) {
		t.Run(l.at+" "+l.name, func(t *testing.T) {
			rest, source := linkRests[l.name], linkSources[l.at]
			if rest == nil || source == nil {
				t.Fatal("the test cannot follow this link: add it to linkRests, or its operation to linkSources")
			}
			d := deploy(t, options{captcha: l.at == "GET /api/captcha"})
			sent, got := source(d)
			got.is(t, http.StatusOK, "")
			l.follow(d, sent, got, rest(d, got)).is(t, http.StatusOK, "")
			rests[l.name], sources[l.at] = true, true
		})
	}
	if len(rests) != len(linkRests) || len(sources) != len(linkSources) {
		t.Errorf("%d of %d links and %d of %d operations with links were followed", len(rests), len(linkRests),
			len(sources), len(linkSources))
	}
}
