package code

import (
	"context"

	"github.com/enroll-project/enroll/gen/db"
)

// Pressure returns how much is used of the budgets that a client shares with others: 0 while
// at least half of each is left, and 1 if one is used up. It counts nothing.
//
// The difficulty of a proof of work rises with the pressure, so that people wait longer for a
// captcha before the budgets refuse them. Budgets of an address, a prefix or a domain are left out:
// the address is not known when the captcha is requested, and the difficulty would reveal how many
// codes others have requested for it.
func (s *Service) Pressure(ctx context.Context, from Origin) (float64, error) {
	now, l := s.now(), s.limits
	// Networks whose codes are not redeemed may use three quarters of the SMS of a day. That part
	// is among the budgets here, because it is used up before the whole.
	allowed := map[string]int32{
		smsTotal: l.SMSTotal, smsTotalOpen: l.SMSTotal * 3 / 4, mailTotal: l.MailTotal,
		smsNetwork: l.SMSPerNetwork, mailNetwork: l.MailPerNetwork,
	}
	p := db.BudgetsUsedParams{Now: now}
	for scope, most := range allowed {
		key := ""
		if scope == smsNetwork || scope == mailNetwork {
			key = from.Network
		}
		if most > 0 {
			p.Scopes, p.Keys = append(p.Scopes, scope), append(p.Keys, key)
		}
	}
	// The part of the money that networks may use whose codes are not redeemed, for the same reason.
	money := map[string]float64{}
	for key, b := range l.Money.byKey() {
		p.Scopes, p.Keys = append(p.Scopes, smsMoney), append(p.Keys, key)
		money[key] = float64(b.Limit) * openPercent / 100
	}
	rows, err := s.queries.BudgetsUsed(ctx, p)
	if err != nil {
		return 0, err
	}
	var pressure float64
	for _, row := range rows {
		share := float64(row.Used) / float64(allowed[row.Scope])
		if row.Scope == smsMoney { // check: money-pressure
			share = float64(row.Money) / money[row.Key]
		}
		pressure = max(pressure, min(1, 2*share-1))
	}
	return pressure, nil
}
