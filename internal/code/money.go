package code

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// Who may spend how much of a budget of money, in percent of its limit. The rest is kept for those below. A known
// subnet may spend all of it, so its holder gets a code when a flood of messages has used up what others may spend.
const (
	unusedPercent = 50 // the same as openPercent, for phones of a country whose codes take money and are not redeemed
	openPercent   = 80 // networks whose codes are not redeemed
	provenPercent = 90 // networks whose codes are redeemed

	// One network may spend a sixteenth of a budget, so that ten networks leave some of the 80 percent to others.
	// With a message for a known subnet it may spend up to a fourteenth.
	moneyShares, knownMoneyShares = 16, 14

	// For phones of a country whose codes are not redeemed, a network has half of that: ten networks then use a third
	// of a budget at most, of the half that may be spent for such a country.
	unusedMoneyShares = 32

	// A country spends what others need only if its codes that were not redeemed since yesterday cost a quarter of what a
	// budget allows in a day. Otherwise three networks of attackers, which request 19 codes each, would close a country
	// as soon as people have spent half of the money.
	unusedParts = 4
)

// Money bounds what SMS and calls cost. All fields but Alarm must be set.
type Money struct {
	Currency string // ISO 4217
	Budgets  []price.Budget
	// Cost returns what an SMS or a call costs at most: the price of the dearest sender that may take it, for all parts of
	// the text of an SMS. The message has no country, and in the place of its code another one of the same length.
	Cost func(sms.Message) price.Amount
	// Alarm is called when a part of a budget is used up: once for each part and window, over all replicas. If an answer
	// of the database is lost, or the message was sent by a process with a nil Alarm, a later message or ObserveMoney
	// raises it. A process that ends after it has noted an alarm and before it has called Alarm leaves it out. Alarm
	// must be safe for concurrent use and return soon. A process whose log no operator reads has nil.
	Alarm func(Alarm)
}

// Alarm says that a part of a budget of money is used up: no further SMS of the same cost fits below Percent of it.
// Percent is 50, 80 or 100.
type Alarm struct {
	Percent  int
	Currency string
	Budget   price.Budget
	Spent    price.Amount
	Until    time.Time // the end of the window
}

// byKey returns the budgets by their keys in the table budgets. They name window and currency, so that a change of
// either begins a new count.
func (m *Money) byKey() map[string]price.Budget {
	if m == nil {
		return nil
	}
	all := map[string]price.Budget{}
	for _, b := range m.Budgets {
		all[m.key(b)] = b
	}
	return all
}

// key returns the key of a budget.
func (m *Money) key(b price.Budget) string { return m.Currency + " " + b.Name() }

// budgetsOfMoney returns the budgets of what an SMS costs. The message takes the price of the dearest sender that may
// send it, and no part of it is given back when a cheaper one has sent it: so the count is never too low. It counts
// for all sites together.
func (s *Service) budgetsOfMoney(to Destination, from Origin, standing db.AskerStandingRow) (all []budget) {
	m := s.limits.Money
	if m == nil {
		return nil
	}
	// The client chooses the language, and a text in one language may be three SMS where another is one.
	cost := m.Cost(sms.Message{
		Phone: to.Address, Code: "000000", Purpose: string(to.Purpose), ExpiresIn: Life,
		Locale: to.Locale, SiteID: to.Site, // check: money-parts
		Voice: to.Call, // check: voice-price
	})
	if cost == 0 {
		return nil
	}
	for _, b := range m.Budgets {
		percent, part := moneyFor(b, cost, from, standing)
		whole := plain(smsMoney, m.key(b), b.Window, math.MaxInt32)
		whole.cost, whole.most, whole.limit = cost, b.Limit*percent/100, b.Limit
		if percent == unusedPercent {
			whole.others = b.Limit * openPercent / 100
			// Ten networks can use 20 messages of a small budget, so four are left for others.
			whole.most = min(max(whole.most, sharedOwn*cost), whole.others) // check: money-unused-least
		}
		all = append(all, whole)
		if from.Network != "" && s.limits.SMSPerNetwork > 0 {
			share := partOf(whole, smsMoneyShare, whole.key+" "+from.Network, math.MaxInt32)
			share.cost, share.most = cost, max(b.Limit/part, ownCodes*cost) // check: money-share
			all = append(all, share)
		}
	}
	return all
}

// moneyFor returns how much of a budget may be spent with a message for a client, in percent, and the number of parts
// of which its network has one. Clients that cannot be distinguished may spend all.
func moneyFor(
	b price.Budget, cost price.Amount, from Origin, standing db.AskerStandingRow,
) (percent, parts price.Amount) {
	switch {
	case standing.Known: // check: money-known
		return 100, knownMoneyShares
	case from.Network == "":
		return 100, moneyShares
	case standing.Converts:
		return provenPercent, moneyShares // check: money-proven
	// Two days say little about a longer window, of which people spend half in the ordinary way.
	case standing.Unused == 0 || b.Window > day: // check: money-unused-window
		return openPercent, moneyShares // check: money-open
	case price.Amount(standing.Unused) < aDay(b)/unusedParts/cost: // check: money-unused
		return openPercent, unusedMoneyShares // check: money-unused-share
	}
	return unusedPercent, unusedMoneyShares
}

// aDay returns what a budget with a window of a day at most allows in a day.
func aDay(b price.Budget) price.Amount { return b.Limit * price.Amount(day/b.Window) }

// moneyMetrics has the metrics of money, and calls the alarms.
type moneyMetrics struct {
	of      *Money
	keys    map[string]price.Budget
	spent   *prometheus.GaugeVec
	refused *prometheus.CounterVec
	unused  *prometheus.CounterVec
}

// register makes and registers the metrics. Without a budget they have no series.
func (m *moneyMetrics) register(of *Money, metrics prometheus.Registerer) error {
	m.of, m.keys = of, of.byKey()
	m.spent = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "enroll_sms_budget_spent",
		Help: "Money counted for SMS in the present window of a budget, over all replicas, as of the last minute.",
	}, []string{"window", "currency"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_sms_budget_refusals_total",
		Help: "Requests for a code by SMS that were refused because the money for the client was used up.",
	}, []string{"window", "currency"})
	m.unused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_sms_country_refusals_total",
		Help: "Requests for a code by SMS that were refused because half the money is spent and the codes for phones of " +
			"the country are not used. Phones of other countries get codes.",
	}, []string{"country"})
	limits := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "enroll_sms_budget_limit", Help: "The limit of a budget of money for SMS, as set.",
	}, []string{"window", "currency"})
	// An alert needs a series that exists. The countries to which messages will go are not known.
	if len(m.keys) > 0 {
		m.unused.WithLabelValues(UnknownCountry).Add(0)
	}
	for _, b := range m.keys {
		limits.WithLabelValues(b.Name(), of.Currency).Set(b.Limit.Float())
		m.spent.WithLabelValues(b.Name(), of.Currency).Set(0)
		m.refused.WithLabelValues(b.Name(), of.Currency).Add(0)
	}
	return errors.Join(metrics.Register(m.spent), metrics.Register(m.refused), metrics.Register(m.unused),
		metrics.Register(limits))
}

// refuse counts a refusal by a budget, if it is one of money. A refusal of one network, which has used up its part,
// does not count: it says nothing about others. One because of the country has a metric of its own, since people of
// other countries get codes.
func (m *moneyMetrics) refuse(e db.TakeAndKeepCodeRow, wanted []budget, country string) {
	b, ok := m.keys[e.Key]
	if !ok || e.Scope != smsMoney {
		return
	}
	i := slices.IndexFunc(wanted, func(w budget) bool { return w.scope == e.Scope && w.key == e.Key })
	if price.Amount(e.Money) <= wanted[i].others { // check: money-unused-metric
		m.unused.WithLabelValues(country).Inc()
	} else {
		m.refused.WithLabelValues(b.Name(), m.of.Currency).Inc()
	}
}

// reachedPart is a part of a budget of money that is used up.
type reachedPart struct {
	key     string // of the budget
	percent int16
	spent   price.Amount
	until   time.Time
}

// count notes the money that a message has taken. It returns the parts that are used up now and of which the log has
// had no alarm.
func (m *moneyMetrics) count(rows []db.TakeAndKeepCodeRow, wanted []budget) (all []reachedPart) {
	for _, row := range rows {
		b, spent := m.keys[row.Key], price.Amount(row.Money)
		m.spent.WithLabelValues(b.Name(), m.of.Currency).Set(spent.Float())
		i := slices.IndexFunc(wanted, func(w budget) bool { return w.scope == row.Scope && w.key == row.Key })
		if percent := reached(spent, wanted[i].cost, b.Limit); int32(percent) > row.Alarm {
			all = append(all, reachedPart{row.Key, percent, spent, row.EndsAt})
		}
	}
	return all
}

// reached returns the highest of 50, 80 and 100 percent of a limit below which no further message at a price fits,
// and 0 if one fits below each of them.
func reached(spent, cost, limit price.Amount) int16 {
	for _, percent := range []int16{100, 80, 50} {
		if (spent+cost)*100 > limit*price.Amount(percent) {
			return percent
		}
	}
	return 0
}

// raise calls the alarm for each part once, unless another process has done so since.
func (s *Service) raise(ctx context.Context, all []reachedPart) error {
	if len(all) == 0 || s.money.of.Alarm == nil {
		return nil
	}
	for _, r := range all {
		n, err := s.queries.RaiseAlarm(ctx, db.RaiseAlarmParams{
			Percent: r.percent, Key: r.key, EndsAt: r.until, Now: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 1 { // check: money-alarm-once
			s.money.of.Alarm(Alarm{
				Percent: int(r.percent), Currency: s.money.of.Currency, Budget: s.money.keys[r.key], Spent: r.spent,
				Until: r.until,
			})
		}
	}
	return nil
}

// ObserveMoney reads what is counted in the budgets of money into the metrics, and raises the alarms that no process
// has raised. Call it from time to time: other replicas and commands count, too, and windows end.
func (s *Service) ObserveMoney(ctx context.Context) error {
	if len(s.money.keys) == 0 {
		return nil
	}
	p := db.MoneyWindowsParams{Keys: slices.Collect(maps.Keys(s.money.keys)), Now: s.now()}
	rows, err := s.queries.MoneyWindows(ctx, p)
	if err != nil {
		return err
	}
	spent := map[string]price.Amount{} // 0 if no window is open
	var late []reachedPart
	for _, row := range rows {
		spent[row.Key] = price.Amount(row.Money)
		// What the next message costs is not known, so a part is used up here once all of it is spent.
		percent := reached(spent[row.Key], 1, s.money.keys[row.Key].Limit)
		if percent > row.Alarm { // check: money-alarm-late
			late = append(late, reachedPart{row.Key, percent, spent[row.Key], row.EndsAt})
		}
	}
	for key, b := range s.money.keys {
		s.money.spent.WithLabelValues(b.Name(), s.money.of.Currency).Set(spent[key].Float())
	}
	return s.raise(ctx, late)
}

// Pays reports whether a budget pays at least one message at a price for each client. The part of networks whose codes
// are not redeemed is the smallest one.
func Pays(b price.Budget, cost price.Amount) bool { return b.Limit*openPercent/100 >= cost }
