package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

// inChina is what a deployment offers that calls phones of China only.
func inChina(c *account.Config) { c.Calls = func(country string) bool { return country == "CN" } }

// call asks for a call about a code to register.
func (w *world) call(t testing.TB, number string, purpose account.Purpose) error {
	t.Helper()
	_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: number, Purpose: purpose, Voice: true})
	return err
}

// TestCall: after an SMS that did not come, a call has another code, and both register. Without a sender of calls for
// the phone's country, the request is refused by its field.
func TestCall(t *testing.T) {
	t.Parallel()
	w := setup(t, inChina)
	expect(t, w.call(t, phone, account.ForRegister), refusal.SMSFirst)
	expect(t, w.call(t, "+4915112345678", account.ForRegister), refusal.VoiceNotOffered)
	off := on(t, w.pool, w.clock)
	expect(t, off.call(t, phone, account.ForRegister), refusal.VoiceNotOffered)
	if off.Offers().Voice || !w.Offers().Voice {
		t.Error("the offers do not tell who makes calls")
	}
	expect(t, w.send(t), "")
	expect(t, w.call(t, phone, account.ForRegister), refusal.CodeTooSoon)
	w.clock.advance(time.Minute)
	expect(t, w.call(t, phone, account.ForRegister), "")
	last := w.sms.sent[len(w.sms.sent)-1]
	if len(w.sms.sent) != 2 || !last.Voice || w.sms.sent[0].Voice || last.Code == w.sms.sent[0].Code {
		t.Errorf("%d sent, the last one spoken: %t", len(w.sms.sent), last.Voice)
	}
	expect(t, w.registerPhone(t, last.Code), "")
}

// TestFailedCall: a call that was certainly not made has a reason of its own, also if the provider blames the phone,
// which may get SMS. It counts nothing.
func TestFailedCall(t *testing.T) {
	t.Parallel()
	w := setup(t, inChina)
	expect(t, w.send(t), "")
	w.clock.advance(time.Minute)
	w.sms.down = true
	expect(t, w.call(t, phone, account.ForRegister), refusal.CallFailed)
	w.sms.down = false
	expect(t, w.call(t, phone, account.ForRegister), "")
	dead := on(t, w.pool, w.clock, inChina, func(c *account.Config) {
		c.SMS = refusingSMS{&sms.DeliveryError{Kind: sms.RecipientRefused}}
	})
	w.clock.advance(time.Minute)
	expect(t, dead.call(t, phone, account.ForRegister), refusal.CallFailed)
}

// TestCallTellsNothing: the answer about a registered phone is that about any other (I9), and a code to set a password
// is spoken to the phones of users only.
func TestCallTellsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, inChina)
	fatal(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)))
	for _, purpose := range []account.Purpose{account.ForLogin, account.ForReset} {
		var ends []error
		for _, number := range []string{phone, "13800138001"} {
			w.clock.advance(time.Minute)
			_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: number, Purpose: purpose})
			fatal(t, err)
			w.clock.advance(time.Minute)
			ends = append(ends, w.call(t, number, purpose))
		}
		if ends[0] != nil || ends[1] != nil {
			t.Errorf("%s: known %v, unknown %v", purpose, ends[0], ends[1])
		}
	}
	w.Close()
	spoken := map[string]int{}
	for _, m := range w.sms.sent {
		if m.Voice {
			spoken[m.Purpose+" "+m.Phone]++
		}
	}
	if spoken["reset +8613800138000"] != 1 || spoken["reset +8613800138001"] != 0 || spoken["login +8613800138001"] != 1 {
		t.Errorf("%v", spoken)
	}
}
