package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestSMSReport: what a command has sent is in the report, with its cost by country and sender and the state of the
// budget, in tables and in JSON. A message that the gateway refuses costs nothing. Filters that name nothing are
// refused.
func TestSMSReport(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	answer := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	gateway := httptest.NewServer(http.HandlerFunc(answer))
	defer gateway.Close()
	prices := filepath.Join(t.TempDir(), "prices.txt")
	if err := os.WriteFile(prices, []byte("currency CNY\nCN * 0.045\n* * 0.40\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	database := pgtest.URL(t)
	environ := append(production(t), "ENROLL_DATABASE_URL="+database, "ENROLL_SMS=webhook",
		"ENROLL_PHONE_COUNTRIES=CN,DE", "ENROLL_SMS_WEBHOOK_URL="+gateway.URL, "ENROLL_SMS_PRICES="+prices,
		"ENROLL_SMS_BUDGET=0.60/1d",
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(twinSecret)))
	enroll := func(args string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(args), environ, &out)
		return out.String(), err
	}
	send := func(phone string) {
		t.Helper()
		out, err := enroll("user create --json --phone " + phone)
		var made struct{ Users []struct{ ID int64 } }
		if err != nil || json.Unmarshal([]byte(out), &made) != nil || len(made.Users) != 1 {
			t.Fatalf("%v: %s", err, out)
		}
		_, _ = enroll("user send-code " + strconv.FormatInt(made.Users[0].ID, 10))
	}
	send("13800138000")
	send("+4915112345678")
	status = http.StatusUnprocessableEntity
	send("13800138001")
	// The message to China was delivered. Those to the United States were sent before these days.
	rows := pgtest.Open(t, database)
	if _, err := rows.Exec(t.Context(), `INSERT INTO sms_receipt_days (day, country, sender, delivered, recipient_failed,
		failed, unknown) VALUES (current_date, 'CN', 'webhook', 1, 0, 0, 0), (current_date, 'US', 'webhook', 0, 3, 4, 5)`,
	); err != nil {
		t.Fatal(err)
	}
	reportInJSON(t, enroll)
	table, err := enroll("sms report --country cn --daily")
	if err != nil || !strings.Contains(table, "CN       1      0     0%     0\n") || strings.Contains(table, " DE ") ||
		!strings.Contains(table, "webhook  1     0        1       0.045  CNY\n") || !strings.Contains(table, "countries") ||
		!strings.Contains(table, "CN       webhook  1     1          100%   0          0       0\n") {
		t.Errorf("%v:\n%s", err, table)
	}
	if out, err := enroll("sms report --sender sns"); err != nil || strings.Contains(out, "COUNTRY") {
		t.Errorf("of another sender: %v, %s", err, out)
	}
	for args, want := range map[string]string{
		"--days 0": "sms: --days is 1 to 400", "--days 401": "--days is 1 to 400", "--country China": "--country is an ISO",
		"--sender pigeon": "--sender is one of aliyun,", "now": "takes no argument",
	} {
		if _, err := enroll("sms report " + args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// reportInJSON checks the report in JSON.
func reportInJSON(t *testing.T, enroll func(string) (string, error)) {
	t.Helper()
	out, err := enroll("sms report --days 2 --json")
	type codes struct {
		Day, Country         string
		Codes, Used, Refused int
	}
	type message struct {
		Country, Sender, Currency, Cost string
		Sent, Unknown, Failed           int
	}
	type receipt struct {
		Country, Sender                  string
		Sent, Delivered, Failed, Unknown int
		RecipientFailed                  int `json:"recipient_failed"`
	}
	type cost struct{ Currency, Cost string }
	var got struct {
		From, Until string
		Codes       []codes
		Messages    []message
		Receipts    []receipt
		Costs       []cost
		Windows     []struct {
			Window, Currency, Spent, Limit, State string
			Ends                                  int64
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &got) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(got.Codes) != 2 || got.Codes[0] != (codes{Country: "CN", Codes: 1}) ||
		got.Codes[1] != (codes{Country: "DE", Codes: 1}) {
		t.Errorf("codes %+v", got.Codes)
	}
	if len(got.Messages) != 2 || got.Messages[0] != (message{"DE", "webhook", "CNY", "0.40", 1, 0, 0}) ||
		got.Messages[1] != (message{"CN", "webhook", "CNY", "0.045", 1, 0, 1}) {
		t.Errorf("messages %+v", got.Messages)
	}
	if len(got.Receipts) != 2 || got.Receipts[0] != (receipt{"US", "webhook", 0, 0, 4, 5, 3}) ||
		got.Receipts[1] != (receipt{"CN", "webhook", 1, 1, 0, 0, 0}) {
		t.Errorf("receipts %+v", got.Receipts)
	}
	if len(got.Costs) != 1 || got.Costs[0] != (cost{"CNY", "0.445"}) {
		t.Errorf("costs %+v", got.Costs)
	}
	if w := got.Windows; len(w) != 1 || w[0].Window != "1d" || w[0].Spent != "0.445" || w[0].Limit != "0.60" ||
		w[0].State != "countries" || w[0].Ends < time.Now().Add(23*time.Hour).Unix() {
		t.Errorf("windows %+v", w)
	}
}
