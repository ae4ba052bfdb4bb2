package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestLimitsOnTwoProcesses: if a bound is ten, ten of 500 requests at once are served,
// over both processes together (F-13). Bounds that do not affect each other are tested on the same two processes.
func TestLimitsOnTwoProcesses(t *testing.T) {
	t.Parallel()
	one := func(phone string) func(int) string { return func(int) string { return object("phone", phone) } }
	login := func(int) string { return object("user_name", "nobody", "password", "not the password") }
	spread := func(i int) string { return object("phone", fmt.Sprintf("138%04d0000", i)) }
	prefix := func(i int) string { return object("phone", fmt.Sprintf("1380013%04d", i)) }
	const codes, logins = "/api/verify/phone", "/api/login"
	type limit struct {
		name, path string
		body       func(i int) string
		passed     string // the reason of requests within the budget
		stopped    string
		rig        string // SQL that lifts other bounds, which would be reached first
		count      int
	}
	prices := pricesOf(t, "currency CNY\nCN webhook 0.10\n* * 0.60")
	logIn := func(name string) limit {
		return limit{name, logins, login, "credentials_wrong", "login_too_many", "", 10}
	}
	for settings, limits := range map[string][]limit{
		// The wait between two codes would hide the bounds of the hour and the day.
		"": {
			{"codes of a phone in an hour", codes, one("13800138000"), "", "code_too_many", rig("cooldown"), 5},
			{"codes of a phone in a day", codes, one("13900139000"), "", "code_too_many", rig("cooldown", "address_hour"), 10},
		},
		"ENROLL_LIMIT_SMS_PREFIX=10 ENROLL_LIMIT_LOGIN_NETWORK=10": {
			{"SMS to a prefix", codes, prefix, "", "code_too_many", "", 10}, logIn("logins of a network"),
		},
		"ENROLL_LIMIT_SMS_NETWORK=10 ENROLL_LIMIT_LOGIN_ACCOUNT=10": {
			{"SMS of a network", codes, spread, "", "code_too_many", "", 10}, logIn("logins of an account"),
		},
		"ENROLL_LIMIT_SMS_DAY=10": {{"SMS in all", codes, spread, "", "code_too_many", "", 10}},
		"ENROLL_SMS_BUDGET=1.25/1h,9.00/1d ENROLL_SMS_PRICES=" + prices: { // strangers have four fifths
			{"the money of an hour", codes, spread, "", "code_too_many", "", 10},
		},
	} {
		t.Run(settings, func(t *testing.T) {
			t.Parallel()
			w := twinsOn(t, pgtest.Fresh(t).Config().ConnString(), strings.Fields(settings)...)
			sent := 0
			for _, l := range limits {
				w.exec(l.rig)
				ends := w.atOnce(500, l.path, l.body)
				w.wants(l.name, ends, map[string]int{l.passed: l.count, l.stopped: 500 - l.count})
				if l.path == codes {
					sent += l.count
				}
				if got := len(w.sent()); got != sent {
					t.Errorf("%s: %d SMS were sent, want %d", l.name, got, sent)
				}
			}
		})
	}
}

// rig returns SQL by which budgets of the given scopes, and no others, stay unused.
func rig(scopes ...string) string {
	return "CREATE OR REPLACE FUNCTION rig() RETURNS trigger LANGUAGE plpgsql AS " +
		"$$ BEGIN NEW.used = 0; RETURN NEW; END $$; DROP TRIGGER IF EXISTS rig ON budgets; " +
		"CREATE TRIGGER rig BEFORE INSERT OR UPDATE ON budgets FOR EACH ROW WHEN (NEW.scope IN ('" +
		strings.Join(scopes, "', '") + "')) EXECUTE FUNCTION rig()"
}

// TestInvitesOnTwoProcesses: of 200 registrations with the invite code of a user who may invite
// ten, ten succeed. That user is in the group of the setting.
func TestInvitesOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t, "ENROLL_INVITE_LIMIT=10", "ENROLL_GROUP_ID=7", "ENROLL_LIMIT_SMS_PREFIX=off")
	people := w.crowd(201, 0)
	host := w.processes[0].post(t, "/api/register", object("phone", people[200].phone, "code", people[200].code))
	code, _ := host.Data["invite_code"].(string)
	ends := w.atOnce(200, "/api/register", func(i int) string {
		return object("phone", people[i].phone, "code", people[i].code, "invite_code", code)
	})
	w.wants("invited", ends, map[string]int{"": 10, "invite_invalid": 190})
	if n := len(w.users()); n != 11 {
		t.Errorf("%d users, want 11", n)
	}
	if group := host.Data["group_id"]; group != 7.0 {
		t.Errorf("group %v", group)
	}
}

// TestPumping plays SMS pumping (F-16): 10,000 requests for SMS to 1,000 numbers of 40
// countries, from 50 addresses of an IPv4 network and from a new address of an IPv6 network
// each time. At most 40 SMS are sent, 20 for each of the two networks. None goes to a
// country that is not served, and requests from other networks are served meanwhile.
func TestPumping(t *testing.T) {
	t.Parallel()
	w := newTwins(t, "ENROLL_TRUSTED_PROXIES=127.0.0.0/8", "ENROLL_PHONE_COUNTRIES=CN,DE", "ENROLL_LIMIT_ADDRESS=120/1m",
		"ENROLL_LIMIT_NETWORK=1200/1m", "ENROLL_LIMIT_SMS_NETWORK=25", "ENROLL_LIMIT_SMS_PREFIX=100")
	numbers := gang(t)
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		ends  = map[string]int{}
	)
	for worker := range 40 {
		group.Go(func() {
			for i := worker; i < 10_000; i += 40 {
				from := fmt.Sprintf("198.51.100.%d", i/2%50)
				if i%2 == 1 {
					from = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 14: byte(i >> 8), 15: byte(i)}).String()
				}
				a := w.processes[i/2%2].post(t, "/api/verify/phone", object("phone", numbers[i*7%1000]), "X-Forwarded-For", from)
				mu.Lock()
				ends[a.Reason]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("the gang's answers: %v", ends)
	// The setting allows each of the two networks 25 SMS an hour. But if no code is entered, a network gets 20 a day.
	if ends[""] == 0 || ends[""] > 40 || len(w.sent()) != ends[""] {
		t.Errorf("%d SMS were granted and %d sent, want the same number, from 1 to 40", ends[""], len(w.sent()))
	}
	for _, reason := range []string{"rate_limited", "code_too_many", "phone_country"} {
		if ends[reason] == 0 {
			t.Errorf("nobody was refused with %s", reason)
		}
	}
	for _, sent := range w.sent() {
		if !strings.HasPrefix(sent.Phone, "+86") && !strings.HasPrefix(sent.Phone, "+49") {
			t.Errorf("an SMS went to %.4s…", sent.Phone)
		}
	}
	for i, from := range []string{"203.0.113.7", "2001:db8:1::7"} {
		a := w.processes[i].post(t, "/api/verify/phone", object("phone", fmt.Sprintf("1390013900%d", i)),
			"X-Forwarded-For", from)
		if a.Status != 200 {
			t.Errorf("somebody else, from %s: %d %s", from, a.Status, a.Reason)
		}
	}
}

// gang returns the numbers of TestPumping: 1,000 mobile numbers of 40 countries, 415 of them Chinese.
func gang(t *testing.T) (numbers []string) {
	t.Helper()
	for i := range 415 {
		numbers = append(numbers, fmt.Sprintf("138%04d%04d", i%20, i))
	}
	for _, region := range strings.Fields("DE US GB FR IT ES PT NL BE AT CH SE NO DK FI PL CZ SK HU RO BG GR TR RU UA " +
		"IN PK BD LK ID MY TH VN PH NG KE ZA EG MX") {
		example := phonenumbers.Format(phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE), phonenumbers.E164)
		for i := range 15 {
			numbers = append(numbers, fmt.Sprintf("%s%02d", example[:len(example)-2], i))
		}
	}
	if slices.Sort(numbers); len(slices.Compact(numbers)) != 1000 {
		t.Fatalf("%d numbers, want 1000", len(numbers))
	}
	return numbers
}
