package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// contests is how many rounds each race for an identifier has. `make contests` sets it to 200. A larger number also
// raises the results of lifeRounds and codeRounds.
var contests = flag.Int("contests", 3, "rounds of each race between processes")

// racers is how many requests register one identifier at once.
const racers = 200

// person holds a phone and the code to register with.
type person struct{ phone, code string }

// crowd returns n people. Each has a phone with a prefix of its own, and a code that was sent to it.
func (w *twins) crowd(n int, first int) []person {
	w.Helper()
	phoneOf := func(i int) string { return fmt.Sprintf("138%04d0000", first+i) }
	ends := w.atOnce(n, "/api/verify/phone", func(i int) string { return object("phone", phoneOf(i)) })
	w.wants("codes for all", ends, map[string]int{"": n})
	codes := map[string]string{}
	for _, t := range w.sent() {
		codes[t.Phone] = t.Code
	}
	people := make([]person, n)
	for i := range people {
		people[i] = person{phoneOf(i), codes["+86"+phoneOf(i)]}
	}
	return people
}

// users returns the ids of all users.
func (w *twins) users() (ids []int64) {
	w.Helper()
	if err := w.session.QueryRow(w.Context(),
		"SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM users").Scan(&ids); err != nil {
		w.Fatal(err)
	}
	return ids
}

// TestOneWinnerOnTwoProcesses: of 200 registrations of one user name or email at
// once, in one spelling or in many, one succeeds and 199 are refused as taken
// (F-01). They are by phone and code: hashing passwords would spread them over
// time. TestTwoProcesses has passwords.
func TestOneWinnerOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t, "ENROLL_LIMIT_SMS_PREFIX=off", "ENROLL_LIMIT_SMS_DAY=off")
	people := w.crowd(racers, 0)
	w.exec("CREATE TEMPORARY TABLE kept AS SELECT * FROM one_time_codes")
	for _, race := range []struct {
		field, reason string
		spellings     []string // of one identifier, %d the round
	}{
		{"user_name", "user_name_taken", []string{"racer%d"}},
		{"user_name", "user_name_taken", []string{"mixed%d", "MIXED%d", "mIxEd%d", "ｍｉｘｅｄ%d"}},
		{"user_name", "user_name_taken", []string{"pac.e%d", "PAC.E%d", "рас.е%d", "РАС.е%d"}}, // the last two are Cyrillic
		{"email", "email_taken", []string{"racer%d@example.com", "Racer%d@Example.com", "RACER%d@EXAMPLE.COM"}},
	} {
		for round := range *contests {
			name := func(i int) string { return fmt.Sprintf(race.spellings[i%len(race.spellings)], round) }
			ends := w.atOnce(racers, "/api/register", func(i int) string {
				return object("phone", people[i].phone, "code", people[i].code, race.field, name(i))
			})
			w.wants(fmt.Sprintf("%s %s", race.field, name(0)), ends, map[string]int{"": 1, race.reason: racers - 1})
			w.forget()
		}
	}
}

// forget removes the one user and restores all codes for the next round: one of them was
// spent, and each other one has given its only answer about an email.
func (w *twins) forget() {
	w.Helper()
	if n := len(w.users()); n != 1 {
		w.Errorf("%d users, want 1", n)
	}
	w.exec(`DELETE FROM users; DELETE FROM one_time_codes;
		INSERT INTO one_time_codes SELECT * FROM kept;
		UPDATE one_time_codes SET expires_at = now() + interval '9 minutes'`)
}

// TestOnePhoneOnTwoProcesses: one phone registers once, because its code is valid
// once. Even if a trigger keeps the code valid, only one user gets the phone.
func TestOnePhoneOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := twinsOn(t, pgtest.Fresh(t).Config().ConnString())
	for _, keeps := range []bool{false, true} {
		reason := "code_expired"
		if keeps {
			reason = "phone_taken"
			w.exec(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN INSERT INTO one_time_codes SELECT OLD.*; RETURN OLD; END $$;
				CREATE TRIGGER keep AFTER DELETE ON one_time_codes FOR EACH ROW EXECUTE FUNCTION keep()`)
		}
		for round := range *contests {
			one := w.crowd(1, round)[0]
			spellings := []string{one.phone, "+86" + one.phone, "+86 " + one.phone[:3] + "-" + one.phone[3:7] + "-" +
				one.phone[7:]}
			ends := w.atOnce(racers, "/api/register", func(i int) string {
				return object("phone", spellings[i%len(spellings)], "code", one.code)
			})
			if keeps { // the code is missing for a moment before the trigger inserts it again
				ends[reason] += ends["code_exhausted"]
				delete(ends, "code_exhausted")
			}
			w.wants(fmt.Sprint("phone ", round), ends, map[string]int{"": 1, reason: racers - 1})
		}
		w.exec("DELETE FROM users; TRUNCATE one_time_codes, budgets")
	}
}

// TestIdempotencyOnTwoProcesses: 50 clients that send one registration under one key
// at once, and repeat it while it is in progress, get one user (F-15).
func TestIdempotencyOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	for round, one := range w.crowd(*contests, 0) {
		key := []string{"Idempotency-Key", fmt.Sprintf("0b7a6c9e-3f0d-4d5b-9a53-%012d", round)}
		body := object("user_name", fmt.Sprint("twin", round), "phone", one.phone, "code", one.code)
		first := w.atOnce(50, "/api/register", func(int) string { return body }, key...)
		if first[""] < 1 || first[""]+first["idempotency_in_progress"]+first["rate_limited"] != 50 {
			t.Errorf("the first of each: %v", first)
		}
		before := w.users()
		// A key allows twenty repetitions. Some of them may be used up by the 50 requests above.
		ids := map[any]bool{}
		if first[""] < 19 {
			for i := range 2 {
				ids[w.processes[i].post(t, "/api/register", body, key...).Data["id"]] = true
			}
			first[""] += 2
		}
		again := w.atOnce(50, "/api/register", func(int) string { return body }, key...)
		if again[""] != 21-first[""] || again[""]+again["rate_limited"] != 50 {
			t.Errorf("again: %v, after %v", again, first)
		}
		if len(ids) > 1 || len(w.users()) != len(before) || len(before) != round+1 {
			t.Errorf("the answers name %v, the users are %v", ids, w.users())
		}
		other := strings.Replace(body, "twin", "other", 1)
		w.wants("another request", w.atOnce(50, "/api/register", func(int) string { return other }, key...),
			map[string]int{"idempotency_key_reused": 50})
	}
}
