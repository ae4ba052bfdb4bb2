package account_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// TestCostOfALanguage: the cost of an SMS is computed from the message that is sent: its language, site and purpose,
// and a code of the same length. So a budget of 1.00 pays fewer messages in a language in which they are longer.
func TestCostOfALanguage(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var priced []string
	of := func(m sms.Message) string {
		return fmt.Sprint(m.Phone, m.SiteID, m.Purpose, m.Locale, len(m.Code), m.ExpiresIn)
	}
	r := leaver(t, func(c *account.Config) {
		c.Limits.Money = &code.Money{
			Currency: "CNY", Budgets: []price.Budget{{Limit: 1_000_000, Window: time.Hour}}, Alarm: func(code.Alarm) {},
			Cost: func(m sms.Message) price.Amount {
				mu.Lock()
				defer mu.Unlock()
				priced = append(priced, of(m))
				if m.Locale == "ru" {
					return 200_000
				}
				return 100_000
			},
		}
	})
	// send requests codes until one is refused, and returns how many were sent.
	send := func(locale string, first int) (sent int) {
		r.clock.advance(2 * time.Hour)
		for ; sent < 20; sent++ {
			_, err := r.SendPhoneCode(t.Context(), address.CodeRequest{
				Site: 1, Phone: fmt.Sprint(13700000000 + 10000*(first+sent)), Purpose: code.ForRegister, Locale: locale,
			})
			if err != nil {
				return sent
			}
			if got := of(r.sms.last(t)); !slices.Contains(priced, got) {
				t.Errorf("%s is sent and %s were priced", got, priced)
			}
		}
		return sent
	}
	if en, ru := send("en", 0), send("ru", 100); en != 10 || ru != 5 {
		t.Errorf("%d messages in English and %d in Russian were sent, want 10 and 5", en, ru)
	}
	r.clock.advance(2 * time.Hour)
	_, err := r.sendCode(t, code.Phone)
	fatal(t, err)
	if got := of(r.sms.last(t)); !slices.Contains(priced, got) {
		t.Errorf("an operator's code %s is sent and %s were priced", got, priced)
	}
	fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PhoneChanged, "+8613800138000", "ru",
		r.clock.Now()))
	fatal(t, r.SendNotices(t.Context()))
	if got := of(r.sms.last(t)); r.sms.last(t).Purpose != string(notice.PhoneChanged) || !slices.Contains(priced, got) {
		t.Errorf("the notice %s is sent and %s were priced", got, priced)
	}
}
