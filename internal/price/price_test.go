package price_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/price"
)

var senders = []string{"aliyun", "twilio"}

// TestAmounts: amounts are exact, and what would have to be rounded or guessed is refused.
func TestAmounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		millionths price.Amount
		text       string
	}{
		"0": {0, "0.00"}, "50.00": {50_000_000, "50.00"}, "0.045": {45_000, "0.045"}, "0.00645": {6_450, "0.00645"},
		"007": {7_000_000, "7.00"}, "0.000001": {1, "0.000001"}, "1000000000": {price.Max, "1000000000.00"},
	} {
		got, err := price.ParseAmount(text)
		if err != nil || got != want.millionths || got.String() != want.text {
			t.Errorf("%s: %d, %s, %v", text, got, got, err)
		}
	}
	for _, text := range []string{
		"", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.0000001", "1 ", "0x1", "1_000", "1.5.5", "٥", "1000000000.000001",
		"99999999999", "NaN",
	} {
		if got, err := price.ParseAmount(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// TestTable: the line that fits a country and a sender best has the price.
func TestTable(t *testing.T) {
	t.Parallel()
	table, err := price.Parse(
		"# prices\r\n\ncurrency CNY # yuan\nCN aliyun 0.045\nCN * 0.05\n* aliyun\t0.40\n* * 0.60\n", senders)
	if err != nil || table.Currency() != "CNY" {
		t.Fatalf("%q, %v", table.Currency(), err)
	}
	for at, want := range map[[2]string]string{
		{"CN", "aliyun"}: "0.045", {"CN", "twilio"}: "0.05", {"DE", "aliyun"}: "0.40", {"DE", "twilio"}: "0.60",
		{"", "twilio"}: "0.60",
	} {
		if got, known := table.Price(at[0], at[1]); !known || got.String() != want {
			t.Errorf("%v: %s, %v, want %s", at, got, known, want)
		}
	}
	if got := table.Dearest("CN", []string{"twilio", "aliyun"}).String(); got != "0.05" {
		t.Errorf("the dearer of two is %s", got)
	}
	if got := table.Dearest("CN", nil).String(); got != "0.60" {
		t.Errorf("without a sender it is %s", got)
	}
	calls, err := price.Parse("currency CNY\nCN * 0.05\n* twilio-voice 0.30", append(senders, "twilio-voice"))
	if got, known := calls.Price("CN", price.Call("twilio")); err != nil || !known || got.String() != "0.30" {
		t.Errorf("a call has the price of an SMS: %s, %v, %v", got, known, err)
	}
	some, err := price.Parse("currency USD\nCN aliyun 0.01\nDE aliyun 0.09", senders)
	if _, known := some.Price("FR", "aliyun"); err != nil || known {
		t.Errorf("a country without a price: %v, %v", known, err)
	}
	if got := some.Dearest("FR", senders).String(); got != "0.09" {
		t.Errorf("a country without a price counts as %s", got)
	}
}

// TestWrongTables: an error has the number of its line, and nothing of its text.
func TestWrongTables(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "line 0: no line has a price",
		"currency CNY\n":                        "line 1: no line has a price",
		"CN aliyun 0.05":                        "line 1: the line with the currency must come first",
		"currency CNY\ncurrency USD":            "line 2: one line must be currency",
		"currency yuan":                         "line 1: one line must be currency",
		"currency":                              "line 1: one line must be currency",
		"currency CNY\n\nCN aliyun":             "line 3: a line must be a country",
		"currency CNY\nCN aliyun 0.05 CNY":      "line 2: a line must be a country",
		"currency CNY\ncn aliyun 0.05":          "line 2: a country must be",
		"currency CNY\n+86 aliyun 0.05":         "line 2: a country must be",
		"currency CNY\nCN pigeon 0.05":          "line 2: a sender must be * or one of aliyun, twilio",
		"currency CNY\nCN aliyun 0,05":          "line 2: price: an amount must be digits",
		"currency CNY\nCN aliyun -1":            "line 2: price: an amount must be digits",
		"currency CNY\nCN * 1\n# x\nCN * 2":     "line 4: this country and sender have a price already",
		strings.Repeat("#\n", 10_000) + "#secr": "more than 10000 lines",
	} {
		_, err := price.Parse(text, senders)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pigeon") {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// TestBudgets reads budgets.
func TestBudgets(t *testing.T) {
	t.Parallel()
	got, err := price.ParseBudgets("50.00/1d,5/1h")
	if err != nil || len(got) != 2 || got[0].Limit.String() != "50.00" || got[0].Window != 24*time.Hour ||
		got[0].Name() != "1d" || got[1].Name() != "1h" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := price.ParseBudgets("1/36h"); err != nil || got[0].Name() != "36h" {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{
		"", "50", "50/", "/1d", "0/1d", "50/0d", "50/1m", "50/1", "50/-1d", "50/+1d", "50/01d", "50/1dh", "50/32d", "50/745h",
		"50/1d,", "50/1d,5/24h", "1/1h,1/2h,1/3h,1/4h,1/5h", "50 /1d", "CNY50/1d", "50/1d/1h",
	} {
		if got, err := price.ParseBudgets(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestSample: the sample of the documents is a table.
func TestSample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/sms-prices.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"aliyun", "sns", "tencent", "twilio", "vonage", "webhook", "log", "aliyun-voice",
		"tencent-voice", "twilio-voice", "vonage-voice"}
	if table, err := price.Parse(string(text), all); err != nil || table.Dearest("CN", nil) == 0 {
		t.Error(err)
	}
}
