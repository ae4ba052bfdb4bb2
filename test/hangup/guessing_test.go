//go:build !race

package hangup_test

import "testing"

// guess is an attempt to find out a code or a password.
type guess struct {
	of    string // the name of the case with the right guess
	field string
	wrong string
}

// guesses are the requests that try a code or a password.
var guesses = []guess{
	{"login", "password", "not the password"},
	{"login by phone", "code", ""},
	{"login by email", "code", ""},
	{"register by phone", "code", ""},
	{"register by email", "code", ""},
	{"confirmEmail", "code", ""},
	{"resetPassword", "code", ""},
	{"resetPassword by email", "code", ""},
	{"changePassword by phone", "code", ""},
	{"changePassword by email", "code", ""},
	{"deleteUser by phone", "code", ""},
	{"changePassword", "old_password", "not the password"},
	{"updateUser of the name", "old_password", "not the password"},
	{"updateUser of the phone", "code", ""},
	{"deleteUser", "password", "not the password"},
}

// TestHangUpWhileGuessing: if the right guess has an effect although its client hangs up at some place, a
// wrong guess whose client hangs up there is counted. Otherwise an attacker could guess without a bound:
// a client does not need the answer if the code resets a password.
// It runs without the race detector, since TestHangUp has it watch the same operations at the same places.
func TestHangUpWhileGuessing(t *testing.T) {
	t.Parallel()
	lend := shared(t)
	for _, g := range guesses {
		t.Run(g.of, func(t *testing.T) {
			t.Parallel()
			d, effects := lend(t), 0
			attempt := func(s moment, place int, wrong bool) (done, counted int, made bool) {
				person := d.person()
				c := cases[g.of](d, person)
				c.person = person
				d.settleDirect()
				if wrong {
					c.body[g.field] = g.guess(c.body[g.field].(string))
				}
				before := d.tries()
				_, made = s.try(d, c.request, place)
				return c.done(), d.tries() - before, made
			}
			for _, s := range moments {
				if s.name == lostAnswer { // no client can cause that; what was executed then is the same as without it
					continue
				}
				for place, made := 0, true; made; place++ {
					done, _, right := attempt(s, place, false)
					undone, counted, wrong := attempt(s, place, true)
					made = right || wrong
					if undone != 0 || done == 1 && counted < 1 {
						t.Errorf("%s, place %d: done %d by a right guess and %d by a wrong one, which was counted as %d", s.name,
							place, done, undone, counted)
					}
					effects += done
				}
			}
			if effects < 4 {
				t.Errorf("only %d guesses had an effect: the test shows little, want at least 4", effects)
			}
		})
	}
}

// guess returns a wrong guess of the same form as the right one.
func (g guess) guess(right string) string {
	switch {
	case g.wrong != "":
		return g.wrong
	case right == "000000":
		return "000001"
	}
	return "000000"
}

// tries are the wrong guesses that are counted.
func (d *deployment) tries() (n int) {
	d.Helper()
	fatal(d, d.pool.QueryRow(d.Context(), `SELECT coalesce((SELECT sum(tries + tries_elsewhere) FROM one_time_codes), 0)
		+ coalesce((SELECT sum(tries) FROM login_tries), 0)`).Scan(&n))
	return n
}
