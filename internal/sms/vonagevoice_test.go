package sms_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/enroll-project/enroll/internal/sms"
)

// vonageCall plays the creation of a call as Vonage documents it: the OpenAPI description 1.3.6 of the "Voice API" and
// "Text to Speech" (read 2026-12-01). That description lists no errors of this operation, so only their statuses count
// here. It returns the type of a problem and the HTTP status.
func (b *book) vonageCall(r *http.Request) (problem string, status int) {
	body, _ := io.ReadAll(r.Body)
	var claims struct {
		jwt.RegisteredClaims
		Application string `json:"application_id"`
	}
	key, _ := vonageKey()
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	type phone struct{ Type, Number string }
	var req struct {
		To      []phone
		From    phone
		Ringing int `json:"ringing_timer"`
		NCCO    []struct {
			Action, Text, Language string
			Loop                   int
		}
	}
	switch {
	case err != nil || claims.Application != vonageApplication || !b.fresh(claims.ID),
		claims.ExpiresAt.Sub(claims.IssuedAt.Time) > 24*time.Hour:
		return "UNAUTHORIZED", 401
	case r.Method != http.MethodPost || r.URL.RequestURI() != "/v1/calls":
		return "NOT_FOUND", 404
	case r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &req) != nil:
		return "BAD_REQUEST", 400
	case len(req.To) != 1 || len(req.NCCO) != 1 || req.Ringing < 1 || req.Ringing > 120:
		return "BAD_REQUEST", 400
	case req.From != phone{"phone", "15005550006"} || req.To[0].Type != "phone":
		return "BAD_REQUEST", 400
	case !regexp.MustCompile(`^[1-9]\d{6,14}$`).MatchString(req.To[0].Number):
		return "BAD_REQUEST", 400
	case req.NCCO[0].Action != "talk" || req.NCCO[0].Text == "" || len(req.NCCO[0].Text) > 1500:
		return "BAD_REQUEST", 400
	}
	b.take(req.To[0].Number, req.NCCO[0].Language, fmt.Sprintf("%s %d", req.NCCO[0].Text, req.NCCO[0].Loop))
	return "", 201
}

func serveVonageCalls(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		problem, status := b.vonageCall(r)
		w.WriteHeader(status)
		if problem != "" {
			fmt.Fprintf(w, `{"type":%q,"error_title":"t","detail":"+8613800138000"}`, problem)
			return
		}
		fmt.Fprint(w, `{"uuid":"63f61863-4a51","status":"started","direction":"outbound","conversation_uuid":"CON-f972836a"}`)
	}
}

// TestVonageCall: a call speaks the text twice, in the person's language. A wrong key and an old time are refused, so
// the token counts.
func TestVonageCall(t *testing.T) {
	t.Parallel()
	var b book
	cfg := vonageConfig(serve(t, serveVonageCalls(&b)).URL)
	m := spokenMessage()
	m.Locale = "de"
	sender := made[*sms.VonageVoice](t)(sms.NewVonageVoice(cfg))
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := `8613800138000 de-DE Hier ist Enroll. Ihr Code zum Erstellen eines Kontos lautet: 9, 1, 8, 2, 7, 3. ` +
		`Geben Sie ihn nicht weiter. 2`
	if len(b.taken) != 1 || b.taken[0] != want {
		t.Errorf("%q\nwant %s", b.taken, want)
	}
	for name, change := range map[string]func(*sms.VonageConfig){
		"application": func(c *sms.VonageConfig) { c.ApplicationID = "another" },
		"time":        func(c *sms.VonageConfig) { c.Now = func() time.Time { return time.Now().Add(-time.Hour) } },
	} {
		c := cfg
		change(&c)
		err := made[*sms.VonageVoice](t)(sms.NewVonageVoice(c)).Send(t.Context(), m)
		answered(t, err, 401, sms.Refused, "UNAUTHORIZED", false)
		if len(b.taken) != 1 {
			t.Errorf("%s: called", name)
		}
	}
}

// TestVonageCallAnswers: each answer gives its result. An answer that leaves open whether the call was made is not
// known.
func TestVonageCallAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		answer string
		kind   sms.Kind
		code   string
		handed bool
	}{
		{400, `{"type":"BAD_REQUEST","detail":"+8613800138000"}`, sms.Refused, "BAD_REQUEST", false},
		{401, `{"type":"UNAUTHORIZED"}`, sms.Refused, "UNAUTHORIZED", false},
		{401, `{"type":"https://developer.vonage.com/api-errors#unauthorized"}`, sms.Refused, "", false},
		{429, `{"type":"RATE_LIMIT"}`, sms.Refused, "RATE_LIMIT", false},
		{500, `{"type":"INTERNAL"}`, sms.Refused, "INTERNAL", true},
		{502, `<html>`, sms.Refused, "", true},
		{503, `<html>`, sms.Refused, "", false},
		{201, `{"status":"started"}`, sms.Broken, "", true},
		{200, `{"uuid":"63f61863"}`, sms.Broken, "", true},
	} {
		t.Run(fmt.Sprintf("%d %.40s", c.status, c.answer), func(t *testing.T) {
			t.Parallel()
			sender := made[*sms.VonageVoice](t)(sms.NewVonageVoice(vonageConfig(serve(t,
				func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(c.status)
					fmt.Fprint(w, c.answer)
				}).URL)))
			answered(t, sender.Send(t.Context(), spokenMessage()), c.status, c.kind, c.code, c.handed)
		})
	}
	for name, change := range map[string]func(*sms.VonageConfig){
		"name as sender": func(c *sms.VonageConfig) { c.From = "Shop" },
		"no name":        func(c *sms.VonageConfig) { c.Texts.Name = "" },
		"no key":         func(c *sms.VonageConfig) { c.PrivateKey = "" },
	} {
		cfg := vonageConfig("")
		change(&cfg)
		if _, err := sms.NewVonageVoice(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
