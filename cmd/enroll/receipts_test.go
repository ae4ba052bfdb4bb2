package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/webhook"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestReceiptsListener: receipts are received on their own listener and nowhere else, and an unsigned one changes
// nothing.
func TestReceiptsListener(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte(twinSecret))
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+database, "ENROLL_DB_CHECK=warn",
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=http://127.0.0.1:1", "ENROLL_SMS_WEBHOOK_SECRET="+secret,
		"ENROLL_RECEIPTS=webhook", "ENROLL_RECEIPTS_ADDR=127.0.0.1:0")...)
	p.awaitReady(t)
	receipts := "http://" + p.await(t, `"receipts_addr":"([0-9.:]+)`)
	signer, err := webhook.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"type":"sms.receipt","data":{"message_id":"msg_1","phone":"+8613800138000","status":"delivered"}}`
	send := func(address string, signed bool) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/receipts/webhook",
			strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if signed {
			signer.Sign(req.Header, "msg_2", time.Now(), []byte(body))
		}
		res, err := p.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	rows := pgtest.Open(t, database)
	for _, c := range []struct {
		address      string
		signed       bool
		status, rows int
	}{
		{p.api, true, http.StatusNotFound, 0}, {p.ops, true, http.StatusNotFound, 0},
		{receipts, false, http.StatusUnauthorized, 0}, {receipts, true, http.StatusOK, 1}, {receipts, true, http.StatusOK, 1},
	} {
		status, stored := send(c.address, c.signed), 0
		if err := rows.QueryRow(t.Context(), "SELECT count(*) FROM sms_receipts").Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if status != c.status || stored != c.rows {
			t.Errorf("%s, signed: %t: %d and %d rows, want %d and %d", c.address, c.signed, status, stored, c.status, c.rows)
		}
	}
	_, metrics := get(t, p.ops+"/metrics")
	want := `enroll_sms_receipts_total{country="CN",result="delivered",sender="webhook"} 1`
	if !strings.Contains(metrics, want) {
		t.Error(fmt.Sprint("no ", want))
	}
}
