package account_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
)

// TestExpiredKeyIsFree: a key that has expired is like a new key. The data of its earlier
// use has no effect, whether or not the purge has run: the next registration makes an
// account of its own at once, and a repetition of it finds that account again
// (I5).
func TestExpiredKeyIsFree(t *testing.T) {
	t.Parallel()
	earlier := map[string]account.Registration{
		"by phone":              {Site: 1, Phone: phone},
		"by phone and password": {Site: 1, Phone: phone, Password: goodPassword},
		"by name":               {Site: 1, UserName: "alice", Password: goodPassword},
		"by name, alike":        {Site: 1, UserName: "alice", Password: "MyPassword124"},
	}
	later := map[string]account.Registration{
		"by name":  {Site: 1, UserName: "bob", Password: goodPassword},
		"by phone": {Site: 1, Phone: "13900139000"},
	}
	for before, first := range earlier {
		for after, second := range later {
			for _, purged := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, then %s, purged %t", before, after, purged), func(t *testing.T) {
					t.Parallel()
					expiredKeyIsFree(t, first, second, purged)
				})
			}
		}
	}
}

func expiredKeyIsFree(t *testing.T, first, second account.Registration, purged bool) {
	w := setup(t)
	proven := func(r account.Registration) account.Registration {
		if r.IdempotencyKey = "key-1"; r.Phone != "" {
			r.Code = w.code(t, r.Phone, account.ForRegister)
		}
		return r
	}
	one, err := w.Register(t.Context(), proven(first))
	fatal(t, err)
	w.clock.advance(24*time.Hour + time.Second)
	if purged {
		_, err := w.Purge(t.Context())
		fatal(t, err)
		if n := w.count(t, "idempotency_keys"); n != 0 {
			t.Fatalf("%d keys after the purge", n)
		}
	}
	r := proven(second)
	two, err := w.Register(t.Context(), r)
	fatal(t, err)
	again, err := w.Register(t.Context(), r)
	fatal(t, err)
	if two.User.ID == one.User.ID || two.User.UserName != second.UserName || again.User.ID != two.User.ID {
		t.Errorf("first %+v\nsecond %+v\nagain %+v", one.User, two.User, again.User)
	}
}

var (
	named  = regexp.MustCompile(`(?s)(?:-- name: |CREATE FUNCTION )(\w+)(.*?)(?:\n;|;\n(?:\n|$)|\$\$;)`)
	upsert = regexp.MustCompile(`(?s)INSERT INTO (\w+)[^;]*?ON CONFLICT ON CONSTRAINT (\w+) DO UPDATE SET` +
		`(.*?)(?:\n\s*WHERE|\nRETURNING|\n *\)|$)`)
	assignment = regexp.MustCompile(`(?m)(?:^\s*|, )(\w+) = `)
)

// TestUpsertsLeaveNothingBehind: a row that is taken over keeps no column of its earlier use. Each
// statement that updates on a conflict sets every column beside the key, except those that are
// listed here with the reason.
func TestUpsertsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	kept := map[string][]string{
		// These statements write rows of failures and of known subnets. They never write the columns that are
		// listed: such rows count no redeemed codes, and rows of known subnets count no uses. Columns of money
		// are written by other statements only.
		"TryCode":                  {"redeemed", "money", "alarm"},
		"spend_code":               {"used", "redeemed", "money", "alarm"},
		"spend_code_and_give_back": {"used", "redeemed", "money", "alarm"},
		"CountUse":                 {"money", "alarm"},
		// Each of the two adds to its own counts of a day.
		"TakeAndKeepCode": {"used"},
		"FoldSMSUses":     {"codes", "refused"},
		// A network is known until its own time, over any number of windows.
		"TakeLoginTry": {"known_until"},
		// A token that is adopted again, or ended, keeps the session that it already has.
		"AdoptToken": {"created_at", "ended_at", "network", "agent"},
		"EndToken":   {"created_at", "used_at"},
		// A user with events that a receiver has not got gets one more. Which comes next, and when, stays.
		"QueueEvents": {"seq", "event_at", "queued_at", "due_at", "tries", "claimed", "turn"},
		// A replica that sends at this moment has claimed the row, and its claim ends by itself.
		"ReplaySetAsideEvents": {"claimed"},
		"ReplayEventsSince":    {"claimed"},
		// The key is one event, which does not change.
		"SetAsideEvent": {"site_id", "type", "event_at"},
	}
	w := setup(t)
	files, err := filepath.Glob("../../queries/*.sql")
	fatal(t, err)
	functions, err := filepath.Glob("../../schema/*.sql")
	fatal(t, err)
	found, wanted := 0, 0
	for _, file := range append(files, functions...) {
		text, err := os.ReadFile(file)
		fatal(t, err)
		wanted += strings.Count(string(text), "DO UPDATE")
		for _, q := range named.FindAllStringSubmatch(string(text), -1) {
			m := upsert.FindStringSubmatch(q[2])
			if m == nil {
				continue
			}
			found++
			var others []string
			fatal(t, w.pool.QueryRow(t.Context(), `SELECT array_agg(a.attname::text) FROM pg_attribute a
				WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
				AND attnum <> ALL ((SELECT conkey FROM pg_constraint WHERE conname = $2)::int2[])`, m[1], m[2]).Scan(&others))
			var set []string
			for _, s := range assignment.FindAllStringSubmatch(m[3], -1) {
				set = append(set, s[1])
			}
			for _, column := range others {
				if slices.Contains(set, column) == slices.Contains(kept[q[1]], column) {
					t.Errorf("%s: column %s is set %t, listed as kept %t", q[1], column,
						slices.Contains(set, column), slices.Contains(kept[q[1]], column))
				}
			}
		}
	}
	if found == 0 || found != wanted {
		t.Errorf("%d statements were read, of %d that update on a conflict", found, wanted)
	}
}
