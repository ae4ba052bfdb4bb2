package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

const phone = "13800138000"

// other returns a code that is not the given one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func (w *world) registerPhone(t testing.TB, code string) error {
	_, err := w.Register(t.Context(), account.Registration{Site: 1, Phone: phone, Code: code})
	return err
}

func expect(t testing.TB, err error, want refusal.Reason) {
	t.Helper()
	if reason(err) != want {
		t.Errorf("got %v, want %q", refusals(err), want)
	}
}

func TestCodeIsSpentOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForLogin)
	w.exec(t, `INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status, is_retailer, balance,
		total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		VALUES (1, '+8613800138000', '', '', 2, 1, false, 0, 0, 'x', 0, now(), now(), now())`)
	ends := atOnce(32, func(int) error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: code})
		return err
	})
	if ends[""] != 1 || ends[refusal.CodeExpired] != 31 {
		t.Errorf("ends: %v", ends)
	}
}

// TestGuesses: of 200 parallel guesses on two services five are compared, and a
// right one that comes too late is refused (I3).
func TestGuesses(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := on(t, a.pool, a.clock)
	right := a.code(t, phone, account.ForRegister)
	ends := atOnce(200, func(i int) error {
		guess := fmt.Sprintf("%06d", i)
		if guess == right {
			guess = "999999"
		}
		return []*world{a, b}[i%2].registerPhone(t, guess)
	})
	if ends[refusal.CodeWrong] != 5 || ends[refusal.CodeExhausted] != 195 {
		t.Errorf("ends: %v", ends)
	}
	expect(t, a.registerPhone(t, right), refusal.CodeExhausted)
}

func TestFailureIsCountedThoughRegistrationIsNot(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	expect(t, w.registerPhone(t, other(code)), refusal.CodeWrong)
	if w.count(t, "one_time_codes WHERE tries = 1") != 1 ||
		w.count(t, "budgets WHERE scope = 'address_failures' AND used = 1") != 1 {
		t.Error("the attempt was not counted")
	}
	// A text that cannot be a code does not count as a guess. People may type a right
	// code with full-width digits and blanks.
	for _, typed := range []string{"12345", "1234567", "12345a", "１２３４５"} {
		expect(t, w.registerPhone(t, typed), refusal.CodeWrong)
	}
	if w.count(t, "one_time_codes WHERE tries = 1") != 1 {
		t.Error("what cannot be a code was counted as a guess")
	}
	wide := ""
	for _, r := range code {
		wide += string(r - '0' + '０')
	}
	expect(t, w.registerPhone(t, " "+wide), "")
}

// TestRightCodeSurvivesOtherRefusals: if a registration with a right code is
// refused because its name is taken, the code can be used again.
func TestRightCodeSurvivesOtherRefusals(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	fatal(t, err)
	code := w.code(t, phone, account.ForRegister)
	for range 6 {
		_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Phone: phone, Code: code})
		expect(t, err, refusal.UserNameTaken)
	}
	expect(t, w.registerPhone(t, code), "")
}

func TestCodeIsBound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForLogin)
	expect(t, w.registerPhone(t, code), refusal.CodeExpired)
	_, err := w.Register(t.Context(), account.Registration{Site: 2, Phone: phone, Code: code})
	expect(t, err, refusal.CodeExpired)
	_, err = w.Register(t.Context(), account.Registration{Site: 1, Phone: "13800138001", Code: code})
	expect(t, err, refusal.CodeExpired)
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	w.clock.advance(10 * time.Minute)
	expect(t, w.registerPhone(t, code), refusal.CodeExpired)
	code = w.code(t, phone, account.ForRegister)
	w.clock.advance(10*time.Minute - time.Millisecond)
	expect(t, w.registerPhone(t, code), "")
}

// TestNewCodeEndsNoOther: a new code does not end an earlier one, whose message may come late.
func TestNewCodeEndsNoOther(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first := w.code(t, phone, account.ForRegister)
	w.clock.advance(time.Minute)
	w.code(t, phone, account.ForRegister)
	w.clock.advance(time.Minute)
	w.code(t, phone, account.ForLogin)
	expect(t, w.registerPhone(t, first), "")
}

func (w *world) send(t testing.TB) error {
	_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	return err
}

func TestCodeBudget(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ends := atOnce(16, func(int) error { return w.send(t) })
	if ends[""] != 1 || ends[refusal.CodeTooSoon] != 15 || len(w.sms.sent) != 1 {
		t.Errorf("ends: %v, %d sent", ends, len(w.sms.sent))
	}
	for range 4 {
		w.clock.advance(time.Minute)
		expect(t, w.send(t), "")
	}
	w.clock.advance(time.Minute)
	expect(t, w.send(t), refusal.CodeTooMany)
	w.clock.advance(55 * time.Minute)
	for range 5 {
		expect(t, w.send(t), "")
		w.clock.advance(time.Minute)
	}
	w.clock.advance(time.Hour)
	expect(t, w.send(t), refusal.CodeTooMany)
	w.clock.advance(22 * time.Hour)
	expect(t, w.send(t), "")
}

// TestFailuresOutliveCodes: a new code does not reset the count. A hundred failures end
// sending and trying, for as long as the refusal says and no longer.
func TestFailuresOutliveCodes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	expect(t, w.registerPhone(t, other(code)), refusal.CodeWrong)
	w.exec(t, "UPDATE budgets SET used = 98 WHERE scope = 'address_failures'")
	expect(t, w.registerPhone(t, other(code)), refusal.CodeWrong)
	w.clock.advance(time.Minute)
	code = w.code(t, phone, account.ForRegister)
	expect(t, w.registerPhone(t, other(code)), refusal.CodeWrong)
	expect(t, w.registerPhone(t, code), refusal.CodeExhausted)
	w.clock.advance(48 * time.Hour)
	var refused *refusal.Error
	if err := w.send(t); !errors.As(err, &refused) || refused.Reason != refusal.CodeTooMany {
		t.Fatal(err)
	}
	w.clock.advance(refused.RetryAfter - time.Second)
	expect(t, w.send(t), refusal.CodeTooMany)
	w.clock.advance(time.Second)
	expect(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)), "")
}

// TestSuccessForgives: if clients are not distinguished, a right code sets the count of wrong ones
// to 0.
func TestSuccessForgives(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	expect(t, w.registerPhone(t, other(code)), refusal.CodeWrong)
	expect(t, w.registerPhone(t, code), "")
	if w.count(t, "budgets WHERE scope = 'address_failures' AND used = 0") != 1 {
		t.Error("a success did not reset the count")
	}
}

// TestUndeliveredCodeCostsNothing: an undelivered code uses up neither a budget
// nor the cooldown, and the code before it stays valid.
func TestUndeliveredCodeCostsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	w.clock.advance(time.Minute)
	w.sms.down = true
	for range 10 {
		expect(t, w.send(t), refusal.SMSFailed)
	}
	if w.count(t, "budgets WHERE scope IN ('address_hour', 'address_day') AND used = 1") != 2 {
		t.Error("an undelivered code counts as sent")
	}
	expect(t, w.registerPhone(t, code), "")
	w.sms.down = false
	expect(t, w.send(t), "")
}

// TestSendingTellsNothing: the answer for a registered phone is that for any other phone (I9).
func TestSendingTellsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	fatal(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)))
	w.clock.advance(time.Minute)
	known, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForLogin})
	fatal(t, err)
	unknown, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: "13800138001",
		Purpose: account.ForLogin})
	fatal(t, err)
	if known != unknown || len(w.sms.sent) != 3 {
		t.Errorf("known %+v, unknown %+v, %d sent", known, unknown, len(w.sms.sent))
	}
}

func TestSendPhoneCodeRefusals(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.PhoneCountries = []string{"CN"} })
	for number, want := range map[string]refusal.Reason{
		"138":            refusal.PhoneInvalid,
		"010-12345678":   refusal.PhoneNotMobile,
		"+4915112345678": refusal.PhoneCountry,
	} {
		_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: number, Purpose: account.ForRegister})
		expect(t, err, want)
	}
	silent := on(t, w.pool, w.clock, func(c *account.Config) { c.SMS = nil })
	_, err := silent.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, refusal.PhoneNotOffered)
	expect(t, silent.registerPhone(t, "123456"), refusal.PhoneNotOffered)
}

// leaving is a sender that closes the connections to the database.
type leaving struct{ pool *pgxpool.Pool }

func (l leaving) Send(context.Context, sms.Message) error {
	l.pool.Close()
	return nil
}

// TestHandedOverNeedsNoDatabase: a code is stored before it is handed over. If the database
// fails afterwards, the answer is still a success.
func TestHandedOverNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.SMS = leaving{c.Pool} })
	_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, "")
}

// TestHolderOfAnUnservedPhone: an operator that stops serving a country leaves holders a way to log
// in. People that hold no account get the same answer and no message.
func TestHolderOfAnUnservedPhone(t *testing.T) {
	t.Parallel()
	const number, unknown = "+4915112345678", "+4915112345670"
	w := setup(t)
	signed, err := w.Register(t.Context(), account.Registration{
		Site: 1, Phone: number, Code: w.code(t, number, account.ForRegister),
	})
	fatal(t, err)
	w.clock.advance(time.Minute)
	later := on(t, w.pool, w.clock, func(c *account.Config) { c.PhoneCountries = []string{"CN"} })
	premium := address.CodeRequest{Site: 1, Phone: "+19002345678", Purpose: account.ForLogin}
	_, err = later.SendPhoneCode(t.Context(), premium)
	expect(t, err, refusal.PhoneCountry) // charged at a higher rate
	for _, to := range []string{number, unknown} {
		sent, err := later.SendPhoneCode(t.Context(),
			address.CodeRequest{Site: 1, Phone: to, Purpose: account.ForLogin, Locale: "en"})
		if err != nil || sent.ExpiresIn == 0 {
			t.Errorf("%s: %+v, %v", to, sent, err)
		}
		_, err = later.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: to, Purpose: account.ForRegister})
		expect(t, err, refusal.PhoneCountry)
	}
	later.Close() // waits for what is sent after its answer
	if n, last := later.sms.count(), later.sms.last(t); n != 1 || last.Phone != number {
		t.Fatalf("%d messages, the last to %s, want one to the holder", n, last.Phone)
	}
	back, err := later.Login(t.Context(), account.Login{Site: 1, Phone: number, Code: later.sms.last(t).Code})
	if err != nil || back.User.ID != signed.User.ID {
		t.Errorf("%+v, %v", back.User.ID, err)
	}
}
