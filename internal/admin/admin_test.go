package admin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// office is the API on a database with one user of site 1 and one of site 2, and the invitation 900 of site 1.
type office struct {
	*testing.T
	handler http.Handler
	pool    *pgxpool.Pool
	keys    *servicekey.Service
	tokens  *token.Signer
	spec    *openapi3.T
	log     bytes.Buffer
	sms     outbox
	live    bool
	ids     [3]int64 // of the users of sites 1 and 2
}

// outbox keeps what was sent.
type outbox struct{ sent []sms.Message }

func (b *outbox) Send(_ context.Context, m sms.Message) error {
	b.sent = append(b.sent, m)
	return nil
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, pool: pgtest.New(t), live: true}
	var err error
	o.keys, err = servicekey.New(servicekey.Config{Pool: o.pool, Now: time.Now, Rand: rand.Reader})
	o.fatal(err)
	phones, err := identifier.NewPhoneRules("CN", nil)
	o.fatal(err)
	codes, err := code.New(code.Config{Pool: o.pool, Secret: make([]byte, 32), Now: time.Now, Rand: rand.Reader,
		Metrics: prometheus.NewRegistry()})
	o.fatal(err)
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: 8})
	o.fatal(err)
	keys, err := idempotency.New(idempotency.Config{
		Pool: o.pool, Secret: make([]byte, 32), Now: time.Now, Rand: rand.Reader,
	})
	o.fatal(err)
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Metrics: prometheus.NewRegistry(),
	})
	o.fatal(err)
	described, err := extra.Compile([]byte(`{"properties": {"city": {"type": "string"}}}`))
	o.fatal(err)
	operators, err := operator.New(operator.Config{
		Pool: o.pool, Sites: []int64{1, 2}, Codes: codes, Phones: phones, DefaultGroup: 2, Now: time.Now,
		Addresses: address.New(address.Config{Pool: o.pool, Codes: codes, SMS: &o.sms, Now: time.Now}),
		Rules: &operator.Rules{
			Phones: phones, Policy: policy, Hasher: hasher, Keys: keys, Extra: described,
			Rand: rand.Reader,
		},
	})
	o.fatal(err)
	entries, err := audit.New(audit.Config{Pool: o.pool, Keep: audit.MinKeep, Now: time.Now})
	o.fatal(err)
	receivers, err := event.ParseReceivers("crm=https://a.example,mail=https://b.example",
		"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	o.fatal(err)
	events, err := event.New(event.Config{Pool: o.pool, Keep: event.MinKeep, Now: time.Now, Receivers: receivers})
	o.fatal(err)
	pem, err := token.GenerateKey(false)
	o.fatal(err)
	signing, err := token.ParseKeys(pem)
	o.fatal(err)
	o.tokens, err = token.New(token.Config{Keys: signing, Issuer: "enroll", Audience: "enroll", Now: time.Now})
	o.fatal(err)
	o.handler, err = admin.New(admin.Config{
		Operators: operators, Keys: o.keys, Audit: entries, Events: events, Tokens: o.tokens,
		Live:   func(context.Context, token.Claims) (string, bool, error) { return "alice", o.live, nil },
		Logger: slog.New(slog.NewTextHandler(&o.log, nil)), Now: time.Now, Rand: rand.Reader,
	})
	o.fatal(err)
	o.spec, err = openapi3.NewLoader().LoadFromData(enroll.AdminContract)
	o.fatal(err)
	for site := int64(1); site <= 2; site++ {
		o.fatal(o.pool.QueryRow(t.Context(), `INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton,
				password_hash, real_name, avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code,
				invites_used, created_at, updated_at, last_login_at)
			VALUES ($1, 'alice', 'alice', 'alice', '$', '', '', 2, 1, false, 0, 0, 'code', 0, now(), now(), now())
			RETURNING id`, site).Scan(&o.ids[site]))
	}
	_, err = o.pool.Exec(t.Context(), `INSERT INTO invitations
			(id, site_id, hash, quota, used, note, created_by, created_at)
		OVERRIDING SYSTEM VALUE VALUES (900, 1, sha256('a'), 1, 0, '', 'command root', now())`)
	o.fatal(err)
	return o
}

func (o *office) fatal(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// key makes a key.
func (o *office) key(name string, site int64, scopes ...servicekey.Scope) string {
	o.Helper()
	key, _, err := o.keys.Create(o.Context(), audit.Actor{Kind: audit.Command, Name: "test"},
		servicekey.Spec{Name: name, Scopes: scopes, Site: site})
	o.fatal(err)
	return key
}

// answer is an answer in the form of the contract.
type answer struct {
	status int
	Code   int
	Msg    string
	Reason string
	Errors []struct{ Field, Reason string }
	Data   struct {
		Users []struct {
			ID         int64
			Invitation int64 `json:"invitation_id"`
			Waiting    bool
		}
		Entries []struct {
			Actor   string
			Name    string `json:"actor_name"`
			Act     string
			Network string
		}
		Events []happening
		Next   string `json:"next_cursor"`
		More   bool

		Replayed, Purged int64
		Codes, Counts    int64

		Invitations []invitation
		Invitation  invitation
		Code        string `json:"invite_code"`

		ID, Total, Status, Birthday int64

		Waiting any // a bool of a user, and a number of the counts

		Extra   json.RawMessage
		Channel string
		Expires int `json:"expires_in"`
		Retry   int `json:"retry_after"`
	}
	Active bool
	Sub    string
}

// send sends a request and fails if its answer is not one that the contract lists.
func (o *office) send(key, method, path, media, body string) (a answer) {
	o.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Accept-Language", "en")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, req)
	o.promised(method, path, w)
	o.fatal(json.Unmarshal(w.Body.Bytes(), &a))
	a.status = w.Code
	if key != "" && strings.Contains(w.Body.String()+o.log.String(), key) {
		o.Errorf("%s %s: the answer or the log has the key", method, path)
	}
	return a
}

// promised fails the test if the contract does not list an answer for its operation.
func (o *office) promised(method, path string, w *httptest.ResponseRecorder) {
	o.Helper()
	path, _, _ = strings.Cut(path, "?")
	for pattern, item := range o.spec.Paths.Map() {
		// The only parameter of a path is a number.
		head, tail, _ := strings.Cut(pattern, "{id}")
		op := item.GetOperation(method)
		if op == nil || !strings.HasPrefix(path, head) || !strings.HasSuffix(path, tail) ||
			strings.Count(path, "/") != strings.Count(pattern, "/") {
			continue
		}
		if pattern != path && !strings.Contains(pattern, "{id}") {
			continue
		}
		response := op.Responses.Value(fmt.Sprint(w.Code))
		if response == nil {
			o.Errorf("%s %s: the contract has no %d", method, path, w.Code)
			return
		}
		var value any
		o.fatal(json.Unmarshal(w.Body.Bytes(), &value))
		if err := response.Value.Content["application/json"].Schema.Value.VisitJSON(value); err != nil {
			o.Errorf("%s %s: %v", method, path, err)
		}
		return
	}
}

const (
	inJSON = "application/json"
	inForm = "application/x-www-form-urlencoded"
)

// requests has for each operation a request that succeeds, with the scope that the operation needs.
// %d stands for the id of the user.
var requests = []struct {
	scope                     servicekey.Scope
	method, path, media, body string
	act                       string // in the audit log
}{
	{servicekey.UsersRead, "GET", "/admin/users", "", "", ""},
	{servicekey.UsersRead, "GET", "/admin/users?identifier=alice&status=&limit=0", "", "", ""},
	{servicekey.UsersRead, "GET", "/admin/users/%d", "", "", ""},
	{servicekey.UsersRead, "GET", "/admin/counts", "", "", ""},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/approve", "", "", "user.approved"},
	{servicekey.UsersWrite, "POST", "/admin/users", inJSON, `{"phone": "13800138000"}`, "user.created"},
	{servicekey.UsersWrite, "PATCH", "/admin/users/%d", inJSON,
		`{"real_name": "Alice", "email": null, "phone": "13800138001"}`, "user.updated"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/code", inJSON, `{"channel": null}`, "user.code_sent"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/disable", "", "", "user.disabled"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/enable", "", "", "user.enabled"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/logout", "", "", "user.sessions_ended"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/group", inJSON, `{"group_id": 7}`, "user.group_set"},
	{servicekey.UsersWrite, "POST", "/admin/users/%d/delete", "", "", "user.deleted"},
	{servicekey.UsersRead, "GET", "/admin/groups", "", "", ""},
	{servicekey.UsersWrite, "POST", "/admin/groups", inJSON, `{"id": 8, "title": "eight"}`, "group.created"},
	{servicekey.UsersWrite, "PATCH", "/admin/groups/8", inJSON, `{"level": 8, "title": null}`, "group.updated"},
	{servicekey.UsersWrite, "DELETE", "/admin/groups/8", "", "", "group.deleted"},
	{servicekey.UsersRead, "GET", "/admin/invitations?before=0&limit=0", "", "", ""},
	{servicekey.UsersWrite, "POST", "/admin/invitations", inJSON, `{"quota": null, "phone": "13800138001"}`,
		"invitation.created"},
	{servicekey.UsersWrite, "POST", "/admin/invitations/900/revoke", "", "", "invitation.revoked"},
	{servicekey.UsersWrite, "POST", "/admin/codes/reset", inJSON, `{"address": "a@example.com"}`, "codes.reset"},
	{servicekey.TokensIntrospect, "POST", "/admin/introspect", inForm, "token=x&token_type_hint=access_token", ""},
	{servicekey.AuditRead, "GET", "/admin/audit?limit=1", "", "", ""},
	{servicekey.EventsRead, "GET", "/admin/events?limit=1", "", "", ""},
	{servicekey.EventsRead, "GET", "/admin/events/set-aside?receiver=&site=0&user_id=0&limit=0&cursor=", "", "", ""},
	{servicekey.EventsWrite, "POST", "/admin/events/replay", inJSON,
		`{"receiver": "crm", "user_id": null, "webhook_id": null, "cursor": null}`, "events.replayed"},
}

// TestOperations: each operation needs its scope and no other, and has its effect. An act has one entry in the
// audit log, which names the key and the network.
func TestOperations(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.pool.Exec(t.Context(), `INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven');
		UPDATE users SET status = 0, waiting = true`)
	o.fatal(err)
	o.setAside()
	reader := o.key("reader", 0, servicekey.AuditRead)
	byScope := map[servicekey.Scope][2]string{}
	for i, scope := range servicekey.Scopes() {
		others := slices.DeleteFunc(servicekey.Scopes(), func(s servicekey.Scope) bool { return s == scope })
		byScope[scope] = [2]string{o.key(fmt.Sprintf("only%d", i), 0, scope), o.key(fmt.Sprintf("not%d", i), 0, others...)}
	}
	operations := map[string]bool{}
	for _, r := range requests {
		path := strings.ReplaceAll(r.path, "%d", fmt.Sprint(o.ids[1]))
		a := o.send(byScope[r.scope][1], r.method, path, r.media, r.body)
		if a.status != 403 || a.Reason != "scope_missing" || a.Code != 1002 {
			t.Errorf("%s %s without its scope: %+v", r.method, path, a)
		}
		a = o.send(byScope[r.scope][0], r.method, path, r.media, r.body)
		if a.status != 200 || a.Reason != "" {
			t.Errorf("%s %s: %+v", r.method, path, a)
		}
		last := o.send(reader, "GET", "/admin/audit?limit=1", "", "").Data.Entries[0]
		if r.act != "" && (last.Act != r.act || last.Actor != "key" || !strings.HasPrefix(last.Name, "only") ||
			last.Network != "192.0.2.0/24") {
			t.Errorf("%s %s: the entry is %+v", r.method, path, last)
		}
		operations[r.method+" "+strings.Split(r.path, "?")[0]] = true
	}
	listed := 0
	for _, item := range o.spec.Paths.Map() {
		listed += len(item.Operations())
	}
	if len(operations) != listed {
		t.Errorf("%d of %d operations were tried", len(operations), listed)
	}
}

// TestKeys: without a valid key, each operation answers only that the key is missing or invalid, also to a
// malformed request.
func TestKeys(t *testing.T) {
	t.Parallel()
	o := open(t)
	revoked := o.key("revoked", 0, servicekey.Scopes()...)
	_, err := o.keys.Revoke(t.Context(), audit.Actor{Kind: audit.Command, Name: "test"}, "revoked", false)
	o.fatal(err)
	for _, r := range requests {
		path := strings.ReplaceAll(r.path, "%d", "0")
		for key, want := range map[string]string{"": "key_missing", "enroll_1_x": "key_invalid", revoked: "key_invalid"} {
			if a := o.send(key, r.method, path, r.media, "{"); a.status != 401 || a.Reason != want || a.Code != 1001 {
				t.Errorf("%s %s: %+v", r.method, path, a)
			}
		}
	}
}

// TestFilters: a list of users can be limited to those that were created from one time on and before another, and to
// those of an invitation.
func TestFilters(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.pool.Exec(t.Context(), "UPDATE users SET created_at = to_timestamp(2000000000), invitation_id = 4")
	o.fatal(err)
	key := o.key("reader", 1, servicekey.UsersRead)
	for query, want := range map[string]int{
		"created_from=2000000000": 1, "created_from=2000000001": 0, "created_until=2000000000": 0,
		"created_until=2000000001": 1, "created_from=0&created_until=0": 1,
		"invitation_id=4": 1, "invitation_id=5": 0, "invitation_id=0": 1,
	} {
		if a := o.send(key, "GET", "/admin/users?"+query, "", ""); a.status != 200 || len(a.Data.Users) != want {
			t.Errorf("%s: %d users, want %d: %+v", query, len(a.Data.Users), want, a)
		} else if want != 0 && a.Data.Users[0].Invitation != 4 {
			t.Errorf("%s: of invitation %d", query, a.Data.Users[0].Invitation)
		}
	}
}

// TestSites: with a key of one site, a client can see and change nothing of another site.
func TestSites(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("second", 2, servicekey.Scopes()...)
	if a := o.send(key, "GET", "/admin/users", "", ""); len(a.Data.Users) != 1 || a.Data.Users[0].ID != o.ids[2] {
		t.Errorf("the users are %+v", a.Data)
	}
	for _, r := range requests {
		if !strings.Contains(r.path, "%d") {
			continue
		}
		path := strings.ReplaceAll(r.path, "%d", fmt.Sprint(o.ids[1]))
		if a := o.send(key, r.method, path, r.media, r.body); a.status != 404 || a.Reason != "user_unknown" {
			t.Errorf("%s %s: %+v", r.method, path, a)
		}
	}
	reset := o.send(key, "POST", "/admin/codes/reset", inJSON, `{"address": "a@example.com"}`)
	if reset.Reason != "site_not_allowed" {
		t.Errorf("a reset: %+v", reset)
	}
	for _, r := range [][2]string{{"GET", "/admin/users"}, {"GET", "/admin/counts"}, {"POST", "/admin/users"},
		{"GET", "/admin/groups"}, {"DELETE", "/admin/groups/7"}, {"GET", "/admin/invitations"},
		{"POST", "/admin/invitations"}, {"POST", "/admin/invitations/900/revoke"}} {
		path := r[1]
		req := httptest.NewRequest(r[0], path, strings.NewReader("{}"))
		req.Header.Set("Content-Type", inJSON)
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Site-Id", "1")
		w := httptest.NewRecorder()
		if o.handler.ServeHTTP(w, req); w.Code != 403 || !strings.Contains(w.Body.String(), "site_not_allowed") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	if a := o.send(key, "POST", "/admin/invitations/900/revoke", "", ""); a.Reason != "invitation_unknown" {
		t.Errorf("an invitation of another site is revoked: %+v", a)
	}
	if a := o.send(key, "GET", "/admin/invitations", "", ""); a.status != 200 || len(a.Data.Invitations) != 0 {
		t.Errorf("the invitations are %+v", a)
	}
	if a := o.send(key, "GET", "/admin/counts", "", ""); a.Data.Total != 1 {
		t.Errorf("counts: %+v", a)
	}
	// A key of site 2 sees the entry about its own creation, and none about users of site 1.
	all := o.key("all", 0, servicekey.Scopes()...)
	o.send(all, "POST", fmt.Sprintf("/admin/users/%d/disable", o.ids[1]), "", "")
	for _, path := range []string{"/admin/audit", fmt.Sprintf("/admin/audit?user_id=%d", o.ids[1])} {
		for _, e := range o.send(key, "GET", path, "", "").Data.Entries {
			if e.Act != "key.created" {
				t.Errorf("%s has %+v", path, e)
			}
		}
	}
}

// TestIntrospection: a token is active while its session is, and for a key of its site.
func TestIntrospection(t *testing.T) {
	t.Parallel()
	o := open(t)
	all := o.key("all", 0, servicekey.TokensIntrospect)
	second := o.key("second", 2, servicekey.TokensIntrospect)
	raw, err := o.tokens.Sign(token.Subject{UserID: o.ids[1], SiteID: 1, SessionID: "one"}, time.Hour)
	o.fatal(err)
	ask := func(key, raw string) answer {
		return o.send(key, "POST", "/admin/introspect", inForm, url.Values{"token": {raw}}.Encode())
	}
	if a := ask(all, raw); !a.Active || a.Sub != fmt.Sprint(o.ids[1]) {
		t.Errorf("%+v", a)
	}
	if ask(all, raw+"x").Active || ask(second, raw).Active || strings.Contains(o.log.String(), raw) {
		t.Error("a wrong token, or that of another site, is active, or the log has it")
	}
	o.live = false
	if a := ask(all, raw); a.Active || a.Sub != "" {
		t.Errorf("after its session: %+v", a)
	}
}

// TestRefusals: a request that the contract does not allow is refused, and the answer names the
// field.
func TestRefusals(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 0, servicekey.Scopes()...)
	id := fmt.Sprint(o.ids[1])
	for _, c := range []struct {
		method, path, media, body string
		status                    int
		reason, field             string
	}{
		{"GET", "/admin/users/0", "", "", 400, "invalid_request", "id"},
		{"GET", "/admin/users/9999", "", "", 404, "user_unknown", ""},
		{"GET", "/admin/users?cursor=MQ", "", "", 422, "cursor_invalid", "cursor"},
		{"GET", "/admin/users?limit=201", "", "", 400, "invalid_request", "limit"},
		{"POST", "/admin/users/" + id + "/group", inJSON, `{"group_id": 9}`, 422, "group_unknown", "group_id"},
		{"POST", "/admin/users/" + id + "/group", inJSON, `{"group_id": 0}`, 400, "invalid_request", "group_id"},
		{"POST", "/admin/users/" + id + "/group", inJSON, `{`, 400, "malformed_json", ""},
		{"POST", "/admin/users/" + id + "/group", inForm, "group_id=2", 415, "unsupported_media_type", ""},
		{"POST", "/admin/groups", inJSON, `{"id": 7}`, 400, "invalid_request", "title"},
		{"POST", "/admin/groups", inJSON, `{"id": 7, "title": " "}`, 422, "text_invalid", "title"},
		{"PATCH", "/admin/groups/7", inJSON, `{"title": ""}`, 400, "invalid_request", "title"},
		{"PATCH", "/admin/groups/7", inJSON, `{"level": 1}`, 422, "group_unknown", "group_id"},
		{"DELETE", "/admin/groups/7", "", "", 422, "group_unknown", "group_id"},
		{"DELETE", "/admin/groups/0", "", "", 400, "invalid_request", "id"},
		{"POST", "/admin/invitations", inJSON, `{"quota": 0}`, 400, "invalid_request", "quota"},
		{"POST", "/admin/invitations", inJSON, `{"quota": 1000001}`, 400, "invalid_request", "quota"},
		{"POST", "/admin/invitations", inJSON, `{"expires_in": 59}`, 400, "invalid_request", "expires_in"},
		{"POST", "/admin/invitations", inJSON, `{"expires_in": 3153600001}`, 400, "invalid_request", "expires_in"},
		{"POST", "/admin/invitations", inJSON, `{"group_id": 9}`, 422, "group_unknown", "group_id"},
		{"POST", "/admin/invitations", inJSON, `{"note": "a\nb"}`, 422, "text_invalid", "note"},
		{"POST", "/admin/invitations", inJSON, `{"email": "nobody"}`, 422, "email_invalid", "email"},
		{"POST", "/admin/invitations", inJSON, `{"email": ""}`, 400, "invalid_request", "email"},
		{"POST", "/admin/invitations", inJSON, `{"phone": "01012345678"}`, 422, "phone_not_mobile", "phone"},
		{"POST", "/admin/invitations", inJSON, `{"email": "a@b.example", "phone": "13800138000"}`,
			422, "one_address", "email"},
		{"POST", "/admin/invitations/901/revoke", "", "", 404, "invitation_unknown", ""},
		{"POST", "/admin/invitations/0/revoke", "", "", 400, "invalid_request", "id"},
		{"GET", "/admin/invitations?limit=201", "", "", 400, "invalid_request", "limit"},
		{"POST", "/admin/events/replay", inJSON, `{"receiver": "other"}`, 422, "receiver_unknown", "receiver"},
		{"POST", "/admin/events/replay", inJSON, `{"receiver": "crm", "webhook_id": "evt_1_1_1_1"}`,
			422, "event_unknown", "webhook_id"},
		{"POST", "/admin/events/replay", inJSON, `{"receiver": "crm", "cursor": "x"}`, 422, "cursor_invalid", "cursor"},
		{"POST", "/admin/events/replay", inJSON, `{}`, 400, "invalid_request", "receiver"},
		{"POST", "/admin/events/replay", inJSON, `{"receiver": "crm", "user_id": 0}`, 400, "invalid_request", "user_id"},
		{"POST", "/admin/codes/reset", inJSON, `{"address": "nobody"}`, 422, "address_invalid", "address"},
		{"POST", "/admin/codes/reset", inJSON, `{"address": "` + strings.Repeat("a", 20000) + `"}`,
			413, "body_too_large", ""},
		{"POST", "/admin/introspect", inJSON, `{"token": "x"}`, 415, "unsupported_media_type", ""},
		{"POST", "/admin/introspect", inForm, "", 400, "invalid_request", "token"},
		{"POST", "/admin/introspect", inForm, "token=x&token=y", 400, "invalid_request", "token"},
		{"POST", "/admin/introspect", inForm, "token=x&more=y", 400, "invalid_request", "more"},
		{"POST", "/admin/introspect", inForm, "token=%ff", 400, "invalid_request", "token"},
		{"POST", "/admin/introspect", inForm, "token=%zz", 400, "invalid_request", ""},
		{"POST", "/admin/introspect", inForm, "token=" + strings.Repeat("x", 20000), 413, "body_too_large", ""},
		{"PUT", "/admin/users", "", "", 405, "method_not_allowed", ""},
		{"POST", "/api/register", inJSON, "{}", 404, "not_found", ""},
	} {
		a := o.send(key, c.method, c.path, c.media, c.body)
		if a.status != c.status || a.Reason != c.reason || a.Msg == "" ||
			(len(a.Errors) > 0) != (c.field != "" || c.reason == "invalid_request") ||
			len(a.Errors) > 0 && a.Errors[0].Field != c.field {
			t.Errorf("%s %s: %+v", c.method, c.path, a)
		}
	}
	_, err := admin.New(admin.Config{})
	if err == nil {
		t.Error("a configuration without parts is accepted")
	}
}

// TestCompressedForm: a form is refused by its headers if it is compressed or has two types, as a body of JSON is.
func TestCompressedForm(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("reader", 0, servicekey.TokensIntrospect)
	for name, headers := range map[string]http.Header{
		"compressed": {"Content-Type": {inForm}, "Content-Encoding": {"gzip"}},
		"two types":  {"Content-Type": {inForm, inForm}},
		"no type":    {},
	} {
		req := httptest.NewRequest(http.MethodPost, "/admin/introspect", strings.NewReader("token=x"))
		req.Header = headers
		req.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		if w.Code != http.StatusUnsupportedMediaType || !strings.Contains(w.Body.String(), "unsupported_media_type") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// TestLanguage: a header chooses the language that it chooses in the public API, also if one of its
// entries is malformed.
func TestLanguage(t *testing.T) {
	t.Parallel()
	o := open(t)
	for sent, want := range map[string]string{
		"": "zh-CN", "fr": "zh-CN", "en": "en", "en, zh;q=0.5": "en",
		"en, zh;q=x": "en", "x_, en": "en", "\xff, en;q=0.4, zh;q=0.3": "en", ";;;,en": "en",
	} {
		req := httptest.NewRequest(http.MethodGet, "/admin/users", nil)
		req.Header.Set("Accept-Language", sent)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		if got := w.Header().Get("Content-Language"); got != want {
			t.Errorf("%q: %s, want %s", sent, got, want)
		}
	}
}
