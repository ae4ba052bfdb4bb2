package account_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestTimeComesDuringALogin: if the deletion of an account becomes due during a login, the login takes the deletion
// back before that moment or is refused, by a password and by a code. The moment comes at each reading of the clock.
func TestTimeComesDuringALogin(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	var readings, at atomic.Int64
	due := r.clock.Now().Add(deleteAfter)
	late := on(t, r.pool, r.clock, func(c *account.Config) {
		c.DeleteAfter = deleteAfter
		c.Now = func() time.Time {
			if at.Load() > 0 && readings.Add(1) >= at.Load() {
				return due
			}
			return due.Add(-time.Second)
		}
	})
	for _, by := range []string{"password", "code"} {
		ends := map[refusal.Reason]int{}
		for n := int64(1); ; n++ {
			name, phone := fmt.Sprint(by, "-person", n), fmt.Sprintf("13912%03d%03d", n, len(by))
			at.Store(0)
			in, err := late.Register(t.Context(), account.Registration{
				Site: 1, UserName: name, Password: goodPassword, Phone: phone, Code: late.code(t, phone, account.ForRegister),
			})
			fatal(t, err)
			r.exec(t, "UPDATE users SET delete_at = $1 WHERE id = $2", due, in.User.ID)
			r.exec(t, "DELETE FROM sessions WHERE user_id = $1", in.User.ID)
			r.exec(t, "DELETE FROM budgets") // as if a day had passed
			login := account.Login{Site: 1, UserName: name, Password: goodPassword}
			if by == "code" {
				login = account.Login{Site: 1, Phone: phone, Code: late.code(t, phone, account.ForLogin)}
			}
			readings.Store(0)
			at.Store(n)
			_, err = late.Login(t.Context(), login)
			ends[reason(err)]++
			stays := r.count(t, "users WHERE id = $1 AND delete_at IS NULL", in.User.ID) == 1
			begun := r.count(t, "sessions WHERE user_id = $1", in.User.ID)
			tooLate := r.count(t, "sessions WHERE user_id = $1 AND created_at >= $2", in.User.ID, due)
			if stays != (err == nil) || stays != (begun == 1) || tooLate != 0 {
				t.Errorf("%s, reading %d: stays %t with %d sessions, %d too late, and %v", by, n, stays, begun, tooLate, err)
			}
			if readings.Load() < n {
				break
			}
		}
		if refused := ends[refusal.CredentialsWrong] + ends[refusal.PhoneUnregistered]; refused == 0 || ends[""] == 0 {
			t.Errorf("%s: %v", by, ends)
		}
	}
}

// dueUsers returns a deployment with 150 users that are due, named due1 and so on, in this order. deleting is the body
// of a trigger in PL/pgSQL that is called before each is deleted.
func dueUsers(t *testing.T, deleting string) *recovery {
	t.Helper()
	r := leaver(t)
	due := r.clock.Now().Add(-48 * time.Hour)
	r.exec(t, `INSERT INTO users OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(u, jsonb_build_object(
			'id', u.id + n, 'user_name', 'due' || n, 'user_name_key', 'due' || n, 'user_name_skeleton', 'due' || n,
			'phone', NULL, 'phone_since', NULL, 'email', NULL, 'email_key', NULL, 'email_verified_at', NULL,
			'email_since', NULL, 'invite_code', lpad(n::text, 8, 'A'),
			'delete_at', $1::timestamptz + n * interval '1 second'))).*
		FROM users AS u, generate_series(1, 150) AS n`, due)
	t.Cleanup(func() { // other tests use the database afterwards
		_, err := r.pool.Exec(context.WithoutCancel(t.Context()), "DROP FUNCTION deleting CASCADE; DROP SEQUENCE attempts")
		fatal(t, err)
	})
	r.exec(t, "CREATE SEQUENCE attempts")
	r.exec(t, "CREATE FUNCTION deleting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+deleting+" RETURN OLD; END $$")
	r.exec(t, "CREATE TRIGGER deleting BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION deleting()")
	return r
}

// TestDeletionOfOthersGoesOn: users that cannot be deleted keep none of the others that are due from it, in their own
// chunk and in the next, whether their errors are those of their rows or differ.
func TestDeletionOfOthersGoesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deleting string
		left     int
	}{
		"the first": {`IF OLD.user_name = 'due1' THEN RAISE 'no'; END IF;`, 1},
		"a row of them": {`IF OLD.user_name < 'due2' THEN
			RAISE 'no' USING ERRCODE = 'foreign_key_violation'; END IF;`, 1 + 10 + 51},
		"other causes": {`IF OLD.user_name < 'due2' THEN
			RAISE 'no' USING ERRCODE = CASE nextval('attempts') % 2 WHEN 1 THEN '54001' ELSE '53200' END; END IF;`, 62},
		"not in a row": {`IF OLD.id % 5 > 0 THEN RAISE 'no' USING ERRCODE = 'disk_full'; END IF;`, 120},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := dueUsers(t, c.deleting)
			if err := r.PurgeDeleted(t.Context()); err == nil {
				t.Error("no error about the users that are left")
			}
			if n := r.count(t, "users WHERE delete_at IS NOT NULL"); n != c.left {
				t.Errorf("%d due users are left, want %d", n, c.left)
			}
		})
	}
}

// TestDeletionStops: a purge ends when users cannot be deleted for a reason that is not theirs: after a chunk and five
// of its users.
func TestDeletionStops(t *testing.T) {
	t.Parallel()
	for _, cause := range []string{"disk_full", "query_canceled"} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			r := dueUsers(t, "PERFORM nextval('attempts'); RAISE 'no' USING ERRCODE = '"+cause+"';")
			if err := r.PurgeDeleted(t.Context()); err == nil {
				t.Error("no error")
			}
			var attempts int
			fatal(t, r.pool.QueryRow(t.Context(), "SELECT last_value FROM attempts").Scan(&attempts))
			if attempts != 1+5 || r.count(t, "users WHERE delete_at IS NOT NULL") != 150 {
				t.Errorf("%d attempts, want 6", attempts)
			}
		})
	}
}
