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

// sendReceipt posts a receipt of a delivered message, signed if there is a secret, and returns the status.
func (p *process) sendReceipt(t *testing.T, address, secret, message string) int {
	t.Helper()
	body := `{"type":"sms.receipt","data":{"message_id":"` + message + `","phone":"+8613800138000","status":"delivered"}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/receipts/webhook",
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		signer, err := webhook.NewSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		signer.Sign(req.Header, "msg_2", time.Now(), []byte(body))
	}
	res, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

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
	rows := pgtest.Open(t, database)
	for _, c := range []struct {
		address      string
		signed       bool
		status, rows int
	}{
		{p.api, true, http.StatusNotFound, 0}, {p.ops, true, http.StatusNotFound, 0},
		{receipts, false, http.StatusUnauthorized, 0}, {receipts, true, http.StatusOK, 1}, {receipts, true, http.StatusOK, 1},
	} {
		key := ""
		if c.signed {
			key = secret
		}
		status, stored := p.sendReceipt(t, c.address, key, "msg_1"), 0
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
