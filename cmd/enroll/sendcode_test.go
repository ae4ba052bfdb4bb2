package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestSendCode: the command sends a recovery code by the gateway and within the limits of the service's settings, and
// prints neither the code nor the phone. A dry run sends nothing.
func TestSendCode(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	var got []string
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct{ Data struct{ Code, Phone string } }
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			t.Error(err)
		}
		got = append(got, event.Data.Phone, event.Data.Code)
	}))
	defer gateway.Close()
	environ := append(production(t), "ENROLL_DATABASE_URL="+database, "ENROLL_SMS=webhook",
		"ENROLL_SMS_WEBHOOK_URL="+gateway.URL, "ENROLL_LIMIT_SMS_DAY=1",
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(twinSecret)))
	var ids []string // the ids are not known: tests reuse databases, whose sequences go on
	for _, phone := range []string{"13800138000", "13800138001"} {
		var out bytes.Buffer
		if err := run(t.Context(), []string{"user", "create", "--json", "--phone", phone}, environ, &out); err != nil {
			t.Fatal(err)
		}
		var made struct{ Users []struct{ ID int64 } }
		if err := json.Unmarshal(out.Bytes(), &made); err != nil || len(made.Users) != 1 {
			t.Fatalf("%v: %s", err, &out)
		}
		ids = append(ids, strconv.FormatInt(made.Users[0].ID, 10))
	}
	send := func(args string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"user", "send-code"}, strings.Fields(args)...), environ, &out)
		return out.String(), err
	}
	if out, err := send(ids[0] + " --dry-run"); err != nil || len(got) != 0 || !strings.Contains(out, "nothing was done") {
		t.Errorf("a dry run: %v, %q, prints %s", err, got, out)
	}
	out, err := send(ids[0] + " --json")
	if err != nil || len(got) != 2 || got[0] != "+8613800138000" || len(got[1]) != 6 || strings.Contains(out, got[1]) ||
		strings.Contains(out, "138000") || !strings.Contains(out, `"expires_in": 600`) {
		t.Errorf("%v, %q, prints %s", err, got, out)
	}
	if _, err := send(ids[1]); err == nil || !strings.Contains(err.Error(), "channel: code_too_many") || len(got) != 2 {
		t.Errorf("over the limit of a day: %v, %q", err, got)
	}
}
