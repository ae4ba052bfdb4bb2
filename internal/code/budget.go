package code

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/price"
)

// The scopes of budgets: what each of them counts. Packages challenge, holder and notice have scopes
// of their own. The values are stored in the database, and queries/ has some of them. A scope with
// "and those redeemed" also counts how many of its codes were redeemed. askerHour, askerDay and
// askerFailures also count all subnets of a /48 together, under a key of their own (see around).
const (
	cooldown        = "cooldown"          // codes for an address, a minute
	addressFirst    = "address_first"     // for an address: the first two codes of the day for each network
	addressHour     = "address_hour"      // all other codes for an address, an hour
	addressDay      = "address_day"       // all other codes for an address, a day
	addressFailures = "address_failures"  // wrong answers for an address
	askerFirst      = "asker_first"       // the part of address_first that one network requested
	askerHour       = "asker_hour"        // codes for an address that one subnet requested, an hour
	askerDay        = "asker_day"         // codes for an address that one subnet requested, a day
	askerFailures   = "asker_failures"    // wrong answers for an address from one subnet
	askerKnown      = "asker_known"       // the subnet has redeemed a code of the address
	networkDay      = "network_day"       // SMS that a network requested, a day, and those redeemed
	smsSubnet       = "sms_subnet"        // SMS that an IPv6 /64 requested, an hour
	smsNetwork      = "sms_network"       // SMS that a network requested, an hour
	smsPrefix       = "sms_prefix"        // SMS to a prefix, an hour, and those redeemed
	smsPrefixOpen   = "sms_prefix_open"   // the part of sms_prefix that every network may use
	smsPrefixShare  = "sms_prefix_share"  // SMS to a prefix that one network requested, a day
	smsPrefixPart   = "sms_prefix_part"   // SMS to a prefix that one network requested, an hour
	smsTotal        = "sms_total"         // SMS in all, a day
	smsTotalOpen    = "sms_total_open"    // the part of sms_total that every network may use
	smsTotalShare   = "sms_total_share"   // SMS of the day that one network requested
	smsMoney        = "sms_money"         // what all SMS cost, an operator's window
	smsMoneyShare   = "sms_money_share"   // the part of it that one network requested
	smsMoneyNotice  = "sms_money_notice"  // what notices by SMS cost, an operator's window
	smsMoneyLate    = "sms_money_late"    // what notices cost that have waited for a day, an operator's window
	mailUser        = "mail_user"         // mails that a user requested, a day
	mailNetwork     = "mail_network"      // mails that a network requested, an hour
	mailDomain      = "mail_domain"       // mails to a domain, requested without a login, an hour
	mailDomainShare = "mail_domain_share" // mails to a domain that one network requested
	mailTotal       = "mail_total"        // mails in all, a day
	mailTotalShare  = "mail_total_share"  // mails of the day that one network requested
)

const (
	hour = time.Hour
	day  = 24 * time.Hour

	// The conversion watch: once watchPrefixFrom SMS were sent to a prefix, or watchNetworkFrom
	// were requested by a network, no more are sent unless watchPercent of their codes were
	// redeemed. SMS pumping, which earns a share of the price of each SMS, redeems no code.
	watchPercent     = 20
	watchPrefixFrom  = 50
	watchNetworkFrom = 20
	// watchCountryFrom is from how many codes of yesterday and today on a country counts as one whose codes are not
	// redeemed. It matters only for budgets of money. Ten networks have used no more than this part of a small budget
	// when it takes effect.
	watchCountryFrom = 20
	// ownCodes is how many codes of the day for an address, and SMS of the hour to a prefix, each network has of its
	// own, so that a person in it needs none that others can use up: one, and another one if that is lost.
	ownCodes = 2
	// sharedOwn is how many of these all networks get together. Ten networks can use 20, so four are left for
	// others.
	sharedOwn = 24
	// watchFirst is how many more SMS go to a prefix that the watch has closed, to networks that had fewer than
	// ownCodes there. So a person in another network still gets two.
	watchFirst = sharedOwn

	// shares divides a budget that all networks share: one network may use a twelfth of it, so ten networks leave
	// two twelfths.
	shares = 12

	// prefixDigits name a carrier's block of a country's numbers: SMS pumping uses whole blocks.
	prefixDigits = 7

	// unwatched is a watchFrom that no count reaches.
	unwatched = math.MaxInt32
)

// budget is one row to take from.
type budget struct {
	scope, key string
	window     time.Duration // from the first event that is counted
	allowed    int32         // events in a window
	watchFrom  int32         // the number of events from which on the conversion watch applies
	// partOf and partKey name another row to take from, with which the window begins and ends.
	partOf, partKey string
	// These are for a budget of money: cost is what the message costs, and most what may be spent in a window, this
	// message included. limit is the operator's limit, by which alarms are raised; it is 0 in the part of one
	// network.
	cost, most, limit price.Amount
	// others is what the client could spend for a phone of another country, if it may spend less for this one, and 0
	// otherwise.
	others price.Amount
}

func plain(scope, key string, window time.Duration, allowed int32) budget {
	return budget{scope: scope, key: key, window: window, allowed: allowed, watchFrom: unwatched}
}

// partOf returns a budget that is a part of whole. If its window began at another time, a network could
// use its part twice in a window of whole: at the end of one of its own and at the beginning of the next.
func partOf(whole budget, scope, key string, allowed int32) budget {
	part := plain(scope, key, whole.window, allowed)
	part.partOf, part.partKey = whole.scope, whole.key // check: budget-part
	return part
}

// choose returns the budgets in which the code counts. They depend on what is known of the client. It counts nothing.
func (s *Service) choose(ctx context.Context, to Destination, from Origin, now time.Time) ([]budget, error) {
	standing, err := s.queries.AskerStanding(ctx, db.AskerStandingParams{
		AddressKey: s.name(to.Address), AskerKey: s.asker(to.Address, from), Network: from.Network, Now: now,
		AroundKey: s.around(to.Address, from), FirstKey: s.network(to.Address, from),
		PrefixKey: shareKey(to.Address, from), OwnCodes: ownCodes,
		Country: to.country(), Day: now.UTC(), Yesterday: now.UTC().Add(-day), CountryFrom: watchCountryFrom,
		WatchPercent: watchPercent, MaxAskerFailures: failuresOf(from), MaxFailures: maxFailures,
	})
	if err != nil {
		return nil, err
	}
	// check: code-failures
	if wait := standing.NoTriesUntil.Sub(now); wait > 0 { // the code could not be tried
		return nil, &Refusal{Why: TooMany, RetryAfter: max(wait, time.Second)}
	}
	if err := s.asked(ctx, to, from, now); err != nil {
		return nil, err
	}
	// check: code-cooldown
	all := append(s.budgetsOfAddress(to, from, standing), plain(cooldown, s.name(to.Address), Cooldown, 1))
	if to.Channel == Phone {
		all = append(all, s.budgetsOfSMS(to, from, standing)...)
		all = append(all, s.budgetsOfMoney(to, from, standing)...)
	} else {
		all = append(all, s.budgetsOfMail(to, from)...)
	}
	return all, nil
}

// preparations is how often count inserts missing rows. A purge runs once a minute in each replica, so a row is
// hardly ever deleted twice while one request waits.
const preparations = 3

// errRowsGone means that rows of budgets were deleted each time before they were locked. Nothing was counted.
var errRowsGone = fmt.Errorf("%w: rows of budgets were deleted %d times", ErrNotKept, preparations)

// count counts one in each budget and stores the code of p, if it has one, or does neither. It returns a *[Refusal] if
// a budget is used up, an error that wraps ErrNotKept if rows were deleted each time, or an error of the database.
func (s *Service) count(ctx context.Context, p db.TakeAndKeepCodeParams, wanted []budget) error {
	for range preparations {
		if err := s.prepare(ctx, wanted, p.Now); err != nil {
			return err
		}
		// It is one statement, so that rows that all requests share are locked only while it runs. With several
		// statements a replica that is slow, or far from the database, would delay all others.
		var reached []reachedPart
		err := postgres.Alone(ctx, s.pool, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
			reached, err = s.take(ctx, db.New(conn), p, wanted)
			return err
		})
		// If this fails, the code is counted nevertheless, and ObserveMoney raises the alarms.
		_ = s.raise(ctx, reached)
		if !errors.Is(err, errRowsGone) { // check: budget-missing-again
			return err
		}
	}
	return errRowsGone
}

// asked returns the refusal SMSFirst for a call if its network has asked for no code of the same use that is still
// valid. The cooldown, which SMS and calls share, keeps the call a minute away from that code.
func (s *Service) asked(ctx context.Context, to Destination, from Origin, now time.Time) error {
	if !to.Call {
		return nil
	}
	asked, err := s.queries.CodeAsked(ctx, db.CodeAskedParams{
		SiteID: to.Site, Address: to.Address, Purpose: string(to.Purpose), UserID: to.User, Network: from.Network, Now: now,
	})
	if err == nil && !asked { // check: voice-after-sms
		return &Refusal{Why: SMSFirst}
	}
	return err
}

// prepare makes sure that there is a row for each budget.
func (s *Service) prepare(ctx context.Context, wanted []budget, now time.Time) error {
	p := db.PrepareBudgetsParams{Now: now}
	for _, b := range wanted {
		p.Scopes, p.Keys = append(p.Scopes, b.scope), append(p.Keys, b.key)
	}
	return s.queries.PrepareBudgets(ctx, p)
}

// take counts one in each budget and stores the code, or does neither. If a budget is used up, it returns a
// *[Refusal] with the time until all of them have one left again, and if the row of one is missing, errRowsGone.
// It compares and counts in one statement, so that concurrent requests cannot exceed a budget. It returns the parts of
// budgets of money that are used up now and of which the log has had no alarm.
func (s *Service) take(
	ctx context.Context, q *db.Queries, p db.TakeAndKeepCodeParams, wanted []budget,
) ([]reachedPart, error) {
	now := p.Now
	for _, b := range wanted {
		p.Scopes, p.Keys, p.Ends = append(p.Scopes, b.scope), append(p.Keys, b.key), append(p.Ends, now.Add(b.window))
		p.Allowed, p.WatchFrom = append(p.Allowed, b.allowed), append(p.WatchFrom, b.watchFrom)
		p.PartOf, p.PartKeys = append(p.PartOf, b.partOf), append(p.PartKeys, b.partKey)
		p.Costs, p.Most = append(p.Costs, int64(b.cost)), append(p.Most, int64(b.most))
		p.Limits = append(p.Limits, int64(b.limit))
	}
	rows, err := q.TakeAndKeepCode(ctx, p)
	if err != nil {
		return nil, err
	}
	// A budget whose row is missing was not compared, so what is said of the others is not an answer.
	if slices.ContainsFunc(rows, func(e db.TakeAndKeepCodeRow) bool { return e.Missing }) { // check: budget-missing
		return nil, errRowsGone
	}
	var refused *Refusal
	for _, e := range rows {
		if e.UsedUp {
			refused = refused.by(e, now)
			s.money.refuse(e, wanted, p.Country)
		}
	}
	if refused != nil {
		return nil, refused
	}
	return s.money.count(rows, wanted), nil
}

// by returns the refusal by one more budget that is used up. r is nil for the first one.
func (r *Refusal) by(e db.TakeAndKeepCodeRow, now time.Time) *Refusal {
	if r == nil {
		r = &Refusal{Why: TooSoon}
	}
	// Of several requests of a network at once one has taken its last own code. The next request takes from
	// other budgets, so it need not wait for the end of this one.
	if e.Scope == askerFirst { // check: code-own-at-once
		r.RetryAfter = max(r.RetryAfter, time.Second)
		return r
	}
	// TooSoon promises a wait of a minute at most, so it is for the cooldown only.
	if e.Scope != cooldown {
		r.Why = TooMany
	}
	r.RetryAfter = max(r.RetryAfter, e.EndsAt.Sub(now), time.Second)
	return r
}

// budgetsOfAddress returns the budgets of an address. They are the same for phones and emails, and
// apply over all sites.
func (s *Service) budgetsOfAddress(to Destination, from Origin, standing db.AskerStandingRow) []budget {
	address, asker := s.name(to.Address), s.asker(to.Address, from)
	const perHour, perDay = 5, 10
	const firstPerDay = sharedOwn // check: code-first-day
	switch {
	case from.Subnet == "": // requests without a network, such as an operator's, have budgets of their own together
		own := asker // check: code-private
		// check: code-hour
		return []budget{plain(addressHour, own, hour, perHour), plain(addressDay, own, day, perDay)}
	case standing.Known:
		return []budget{plain(askerHour, asker, hour, perHour), plain(askerDay, asker, day, perDay)}
	}
	// check: code-share
	all := []budget{plain(askerHour, asker, hour, 3), plain(askerDay, asker, day, perDay/2)}
	// All subnets of a customer together have the share of one.
	if around := s.around(to.Address, from); around != "" { // check: code-around-share
		all = append(all, plain(askerHour, around, hour, 3), plain(askerDay, around, day, perDay/2))
	}
	if !standing.UsedOwn { // check: code-unproven
		first := plain(addressFirst, address, day, firstPerDay)
		return append(all, first, partOf(first, askerFirst, s.network(to.Address, from), ownCodes)) // check: code-own
	}
	return append(all, plain(addressHour, address, hour, perHour), plain(addressDay, address, day, perDay))
}

// budgetsOfSMS returns the budgets that bound the cost of SMS. Networks whose codes are redeemed may
// together use the whole of a shared budget. All other networks together may use three quarters of it, so that
// networks without a redeemed code cannot use it up. One network may use a small part of each budget,
// so that ten networks of attackers cannot use it up either, even if they redeem their codes. A client
// in a subnet that is known for the phone counts as one whose codes are redeemed.
func (s *Service) budgetsOfSMS(to Destination, from Origin, standing db.AskerStandingRow) (all []budget) {
	add := func(limit int32, b budget) {
		if limit > 0 {
			all = append(all, b)
		}
	}
	l, at := s.limits, prefix(to.Address)
	ofPrefix := plain(smsPrefix, at, hour, l.SMSPerPrefix)
	ofPrefix.watchFrom = s.watchPrefix(from, standing) // check: sms-prefix-watched
	total := plain(smsTotal, "", day, l.SMSTotal)
	add(l.SMSPerPrefix, ofPrefix)
	add(l.SMSTotal, total)
	// If networks are not counted, strangers cannot be distinguished from others, so no part of
	// the budget is reserved.
	if from.Network == "" || l.SMSPerNetwork == 0 {
		return all
	}
	watched := plain(networkDay, from.Network, day, math.MaxInt32)
	if !standing.Known { // check: sms-network-known
		watched.watchFrom = watchNetworkFrom // check: sms-network-watched
	}
	all = append(all, plain(smsNetwork, from.Network, hour, l.SMSPerNetwork), watched)
	if from.Subnet != "" && from.Subnet != from.Network {
		all = append(all, plain(smsSubnet, from.Subnet, hour, max(l.SMSPerNetwork/5, 1))) // check: sms-subnet
	}
	prefixed, open := l.SMSPerPrefix, l.SMSTotal
	if !standing.Converts && !standing.Known { // check: sms-known-part
		prefixed, open = max(l.SMSPerPrefix*3/4, 1), max(l.SMSTotal*3/4, 1) // check: sms-prefix-unproven
		add(l.SMSPerPrefix, partOf(ofPrefix, smsPrefixOpen, at, prefixed))
		// check: sms-prefix-network
		add(l.SMSPerPrefix, plain(smsPrefixShare, shareKey(to.Address, from), day, max(l.SMSPerPrefix/16, ownCodes)))
		add(l.SMSTotal, partOf(total, smsTotalOpen, "", open))
	}
	// A network whose codes are not redeemed gets its part of the three quarters, not of the whole.
	add(l.SMSTotal, partOf(total, smsTotalShare, from.Network, max(open/shares, ownCodes))) // check: sms-total-share
	// check: sms-prefix-part
	add(l.SMSPerPrefix, partOf(ofPrefix, smsPrefixPart, shareKey(to.Address, from), max(prefixed/shares, ownCodes)))
	return all
}

// watchPrefix returns how many SMS to a prefix must have been sent before the watch can
// close it for a client. A client in a subnet that is known for the phone is exempt, since
// the SMS that others requested for the prefix say nothing about the phone. The watch on
// networks still applies. If networks are not counted, all clients are watched alike.
func (s *Service) watchPrefix(from Origin, standing db.AskerStandingRow) int32 {
	switch counted := from.Network != "" && s.limits.SMSPerNetwork > 0; {
	case !counted:
		return watchPrefixFrom
	case standing.Known: // check: sms-watch-known
		return unwatched
	case standing.AtPrefix: // check: sms-watch-first
		return watchPrefixFrom
	}
	return watchPrefixFrom + watchFirst // check: sms-watch-some
}

// shareKey returns the key under which the SMS of one network to a prefix are counted.
func shareKey(address string, from Origin) string { return prefix(address) + " " + from.Network }

// budgetsOfMail returns the budgets that bound how many mails one token can cause: mails to other
// people's addresses annoy them and harm the reputation of the deployment as a sender. Without a token
// the recipient's domain is counted in the place of the user. One network may use a twelfth of the
// domain's budget and of all mails, so that ten networks cannot use up what other people need.
func (s *Service) budgetsOfMail(to Destination, from Origin) (all []budget) {
	add := func(limit int32, b budget) {
		if limit > 0 {
			all = append(all, b)
		}
	}
	// share counts the part that one network may use of a budget.
	share := func(of budget, scope, key string) {
		if from.Network != "" {
			add(of.allowed, partOf(of, scope, key, max(of.allowed/shares, ownCodes))) // check: mail-share
		}
	}
	l := s.limits
	if to.User != 0 {
		add(l.MailPerUser, plain(mailUser, strconv.FormatInt(to.User, 10), day, l.MailPerUser))
	} else {
		domain := s.name(to.Address[strings.LastIndexByte(to.Address, '@'):])
		ofDomain := plain(mailDomain, domain, hour, l.MailPerDomain)
		add(l.MailPerDomain, ofDomain) // check: mail-domain
		share(ofDomain, mailDomainShare, domain+" "+from.Network)
	}
	if from.Network != "" {
		add(l.MailPerNetwork, plain(mailNetwork, from.Network, hour, l.MailPerNetwork))
	}
	total := plain(mailTotal, "", day, l.MailTotal)
	add(l.MailTotal, total)
	share(total, mailTotalShare, from.Network)
	return all
}

// refund undoes the counts of take in windows that have not ended. now is the time at which they were taken.
// country is that of the code, "" for a code by mail.
func refund(ctx context.Context, q *db.Queries, taken []budget, country string, now time.Time) error {
	p := db.RefundBudgetsParams{Now: now, Day: now.UTC(), Country: country}
	for _, b := range taken {
		p.Scopes, p.Keys = append(p.Scopes, b.scope), append(p.Keys, b.key)
		p.Ends, p.Costs = append(p.Ends, now.Add(b.window)), append(p.Costs, int64(b.cost))
	}
	return q.RefundBudgets(ctx, p)
}

// prefix returns the plus sign and the first seven digits of a phone.
func prefix(e164 string) string { return e164[:min(len(e164), 1+prefixDigits)] }
