package main

import (
	"fmt"
	"sync"
)

// codeRounds is how many rounds codesBesideDeletion has: 20, or as many as the flag -contests says.
func codeRounds() int { return min(max(20, *contests), mostLifeRounds) }

// newPhone is the phone that a user changes to.
func newPhone(i int) string { return fmt.Sprintf("139%04d0000", i) }

// rightCodes are right codes of users, by user.
type rightCodes struct{ reset, login, change, phone map[int]string }

// rightCodes requests the codes of each user: one to reset the password, one to log in, and two for a change, of which
// one goes to the new phone.
func (w *lives) rightCodes(first, rounds int) rightCodes {
	w.Helper()
	send := func(phone func(int) string, purpose string) map[int]string {
		return w.codes(first, rounds, func(i int) step {
			s := step{"POST", "/api/verify/phone", object("phone", phone(i), "purpose", purpose), ""}
			if purpose == "change" {
				s.token = w.sign(i)
			}
			return s
		})
	}
	return rightCodes{send(lifePhone, "reset"), send(lifePhone, "login"), send(lifePhone, "change"),
		send(newPhone, "change")}
}

// kinds of requests that spend a code
const (
	resets = iota
	logins
	changes // and deletions, which spend the same code
	kinds
)

// spending returns the steps that spend the codes of a user. The code to the new phone is in one step, and each other
// code is in at least two. what has the kind of each step.
func (c rightCodes) spending(i int, old string) (steps []step, what []int) {
	detail := func(pairs ...string) step {
		return step{"POST", "/api/user/detail", object(append(pairs, "proof_code", c.change[i])...), old}
	}
	set := func(password string) step {
		return step{"POST", "/api/password/reset", object("phone", lifePhone(i), "code", c.reset[i], "password",
			password), ""}
	}
	enter := step{"POST", "/api/login", object("phone", lifePhone(i), "code", c.login[i]), ""}
	leave := step{"POST", "/api/user/delete", object("code", c.change[i]), old}
	return []step{
		leave, enter, set(freshPassword), detail("phone", newPhone(i), "code", c.phone[i]),
		enter, leave, detail("email", fmt.Sprintf("canary-%d@example.net", i)), set(freshPassword + "!"),
	}, []int{changes, logins, resets, changes, logins, changes, changes, resets}
}

// codesBesideDeletion sends all requests that spend a right code, a deletion among them, at once, and later again
// beside the purge. No code is spent twice, no token survives the deletion, and no row comes back.
func (w *lives) codesBesideDeletion(first, rounds int) {
	w.Helper()
	before, after := w.rightCodes(first, rounds), w.rightCodes(first, rounds)
	var mu sync.Mutex
	var won [kinds]int
	deleted := 0
	w.race(first, rounds, func(i int) {
		old := w.sign(i)
		steps, what := before.spending(i, old)
		got := w.together(i, steps...)
		var spent [kinds]int
		leaves := false
		for n, a := range got {
			if a.Reason == "" {
				spent[what[n]]++
				leaves = leaves || steps[n].path == "/api/user/delete"
			}
		}
		for kind, n := range spent {
			if n > 1 {
				w.Errorf("a code of kind %d of user %d is spent %d times: %v", kind, i, n, got)
			}
		}
		if moved := got[3].Reason == ""; moved {
			// Codes that were sent to a former phone cannot be used, and expire after 10 minutes. They are deleted as if
			// that time had passed.
			w.connection.Lock()
			w.exec("DELETE FROM one_time_codes WHERE address = $1", "+86"+lifePhone(i))
			w.connection.Unlock()
		}
		if !leaves {
			got = append(got, w.leaveByPassword(i)...)
		}
		w.dead(i, append(got, took{tokens: []string{old}})...)
		steps, _ = after.spending(i, old)
		w.besidePurge(i, steps...)
		mu.Lock()
		defer mu.Unlock()
		if leaves {
			deleted++
		}
		for kind, n := range spent {
			won[kind] += n
		}
	})
	w.Logf("of %d rounds a reset succeeded in %d, a login in %d, a change or deletion in %d, a deletion in %d",
		rounds, won[resets], won[logins], won[changes], deleted)
	w.gone(first, rounds)
}

// leaveByPassword requests the deletion of a user whose code another request has spent.
func (w *lives) leaveByPassword(i int) (got []took) {
	w.Helper()
	for _, password := range []string{lifePassword, freshPassword, freshPassword + "!"} {
		a := w.together(i, login(i, password))[0]
		got = append(got, a)
		if a.Reason != "" {
			continue
		}
		leave := step{"POST", "/api/user/delete", object("password", password), a.tokens[0]}
		if a = w.together(i, leave)[0]; a.Reason != "" {
			w.Errorf("the deletion of %d: %q", i, a.Reason)
		}
		return got
	}
	w.Errorf("no password of %d logs in: %v", i, got)
	return got
}
