package code

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// The scopes of budgets: what each of them counts. Packages challenge, holder and notice have scopes
// of their own. The values are stored in the database, and queries/ has some of them. A scope with
// "and those redeemed" also counts how many of its codes were redeemed. askerHour, askerDay and
// askerFailures also count all subnets of a /48 together, under a key of their own (see around).
const (
	cooldown        = "cooldown"          // codes for an address, a minute
	addressFirst    = "address_first"     // for an address: first codes of the day for new subnets
	addressHour     = "address_hour"      // all other codes for an address, an hour
	addressDay      = "address_day"       // codes for an address, a day
	addressFailures = "address_failures"  // wrong answers for an address
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
	smsPrefixPart   = "sms_prefix_part"   // SMS to a prefix that a network whose codes are redeemed requested, an hour
	smsTotal        = "sms_total"         // SMS in all, a day
	smsTotalOpen    = "sms_total_open"    // the part of sms_total that every network may use
	smsTotalShare   = "sms_total_share"   // SMS of the day that one network requested
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
	// watchFirst is how many networks get one SMS each to a prefix that the watch has closed, if
	// they had none there before. So a person in another network still gets one: ten networks
	// of attackers can take only ten of the twelve.
	watchFirst = 12

	// shares divides an hourly budget that all networks share: one network may use a twelfth of it, so ten
	// networks leave two twelfths.
	shares = 12
	// dayShares divides a daily budget that all networks share: one network may use a 24th of it. The day of a
	// network may begin later than the day of that budget, so that two shares of the network count in one day of
	// the budget. So ten networks leave at least four of the 24 parts.
	dayShares = 2 * shares

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
}

func plain(scope, key string, window time.Duration, allowed int32) budget {
	return budget{scope, key, window, allowed, unwatched}
}

// choose returns the budgets in which the code counts. They depend on what is known of the client.
// It counts nothing, but makes sure that there is a row for each budget.
func (s *Service) choose(ctx context.Context, to Destination, from Origin, now time.Time) ([]budget, error) {
	standing, err := s.queries.AskerStanding(ctx, db.AskerStandingParams{
		AddressKey: s.name(to.Address), AskerKey: s.asker(to.Address, from), Network: from.Network, Now: now,
		AroundKey: s.around(to.Address, from), PrefixKey: shareKey(to.Address, from),
		WatchPercent: watchPercent, MaxAskerFailures: failuresOf(from), MaxFailures: maxFailures,
	})
	if err != nil {
		return nil, err
	}
	// check: code-failures
	if wait := standing.NoTriesUntil.Sub(now); wait > 0 { // the code could not be tried
		return nil, &Refusal{Why: TooMany, RetryAfter: max(wait, time.Second)}
	}
	// check: code-cooldown
	all := append(s.budgetsOfAddress(to, from, standing), plain(cooldown, s.name(to.Address), Cooldown, 1))
	if to.Channel == Phone {
		all = append(all, s.budgetsOfSMS(to, from, standing)...)
	} else {
		all = append(all, s.budgetsOfMail(to, from)...)
	}
	p := db.PrepareBudgetsParams{Now: now}
	for _, b := range all {
		p.Scopes, p.Keys = append(p.Scopes, b.scope), append(p.Keys, b.key)
	}
	return all, s.queries.PrepareBudgets(ctx, p)
}

// take counts one in each budget and stores the code, or does neither. If a budget is used up, it returns a
// *[Refusal] with the time until all of them have one left again. It compares and counts in one statement,
// so that concurrent requests cannot exceed a budget.
func take(ctx context.Context, q *db.Queries, p db.TakeAndKeepCodeParams, wanted []budget) error {
	now := p.Now
	for _, b := range wanted {
		p.Scopes, p.Keys, p.Ends = append(p.Scopes, b.scope), append(p.Keys, b.key), append(p.Ends, now.Add(b.window))
		p.Allowed, p.WatchFrom = append(p.Allowed, b.allowed), append(p.WatchFrom, b.watchFrom)
	}
	empty, err := q.TakeAndKeepCode(ctx, p)
	if err != nil || len(empty) == 0 {
		return err
	}
	refused := &Refusal{Why: TooSoon}
	for _, e := range empty {
		// TooSoon promises a wait of a minute at most, so it is for the cooldown only.
		if e.Scope != cooldown {
			refused.Why = TooMany
		}
		refused.RetryAfter = max(refused.RetryAfter, e.EndsAt.Sub(now), time.Second)
	}
	return refused
}

// budgetsOfAddress returns the budgets of an address. They are the same for phones and emails, and
// apply over all sites.
func (s *Service) budgetsOfAddress(to Destination, from Origin, standing db.AskerStandingRow) []budget {
	address, asker := s.name(to.Address), s.asker(to.Address, from)
	const perHour, perDay = 5, 10
	// Ten networks can request ten first codes a day, so two are left for others.
	const firstPerDay = 12 // check: code-first-day
	switch {
	case from.Subnet == "": // clients cannot be distinguished
		// check: code-hour
		return []budget{plain(addressHour, address, hour, perHour), plain(addressDay, address, day, perDay)}
	case standing.Known:
		return []budget{plain(askerHour, asker, hour, perHour), plain(askerDay, asker, day, perDay)}
	}
	// check: code-share
	all := []budget{plain(askerHour, asker, hour, 3), plain(askerDay, asker, day, perDay/2)}
	// All subnets of a customer together have the share of one.
	if around := s.around(to.Address, from); around != "" { // check: code-around-share
		all = append(all, plain(askerHour, around, hour, 3), plain(askerDay, around, day, perDay/2))
	}
	if !standing.Asked { // check: code-unproven
		return append(all, plain(addressFirst, address, day, firstPerDay))
	}
	return append(all, plain(addressHour, address, hour, perHour), plain(addressDay, address, day, perDay))
}

// budgetsOfSMS returns the budgets that bound the cost of SMS. Networks whose codes are redeemed may
// together use the whole of a shared budget. All other networks together may use three quarters of
// it, so that networks without a redeemed code cannot use it up. One network may use a small part of
// each budget, so that ten networks of attackers cannot use it up either, even if they redeem their
// codes.
func (s *Service) budgetsOfSMS(to Destination, from Origin, standing db.AskerStandingRow) (all []budget) {
	add := func(limit int32, b budget) {
		if limit > 0 {
			all = append(all, b)
		}
	}
	l, at := s.limits, prefix(to.Address)
	// check: sms-prefix-watched
	add(l.SMSPerPrefix, budget{smsPrefix, at, hour, l.SMSPerPrefix, s.watchPrefix(from, standing)})
	add(l.SMSTotal, plain(smsTotal, "", day, l.SMSTotal))
	// If networks are not counted, strangers cannot be distinguished from others, so no part of
	// the budget is reserved.
	if from.Network == "" || l.SMSPerNetwork == 0 {
		return all
	}
	all = append(all,
		plain(smsNetwork, from.Network, hour, l.SMSPerNetwork),
		budget{networkDay, from.Network, day, math.MaxInt32, watchNetworkFrom}) // check: sms-network-watched
	if from.Subnet != "" && from.Subnet != from.Network {
		all = append(all, plain(smsSubnet, from.Subnet, hour, max(l.SMSPerNetwork/5, 1))) // check: sms-subnet
	}
	open := max(l.SMSTotal*3/4, 1)
	// Ten networks can use 20 of the 24 parts of one day, which is more than three quarters. So a network whose
	// codes are not redeemed gets a 24th of the three quarters, not of the whole.
	share := max(open/dayShares, 1) // check: sms-open-share
	if standing.Converts {
		share = max(l.SMSTotal/dayShares, 1) // check: sms-total-share
	}
	add(l.SMSTotal, plain(smsTotalShare, from.Network, day, share))
	if standing.Converts {
		// check: sms-prefix-part
		add(l.SMSPerPrefix, plain(smsPrefixPart, shareKey(to.Address, from), hour, max(l.SMSPerPrefix/shares, 1)))
		return all
	}
	add(l.SMSPerPrefix, plain(smsPrefixOpen, at, hour, max(l.SMSPerPrefix*3/4, 1))) // check: sms-prefix-unproven
	// check: sms-prefix-network
	add(l.SMSPerPrefix, plain(smsPrefixShare, shareKey(to.Address, from), day, max(l.SMSPerPrefix/16, 1)))
	add(l.SMSTotal, plain(smsTotalOpen, "", day, open))
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
// domain's budget, so that ten networks cannot use up what the people of the domain need.
func (s *Service) budgetsOfMail(to Destination, from Origin) (all []budget) {
	add := func(limit int32, scope, key string, window time.Duration) {
		if limit > 0 {
			all = append(all, plain(scope, key, window, limit))
		}
	}
	if to.User != 0 {
		add(s.limits.MailPerUser, mailUser, strconv.FormatInt(to.User, 10), day)
	} else if most := s.limits.MailPerDomain; most > 0 { // check: mail-domain
		domain := s.name(to.Address[strings.LastIndexByte(to.Address, '@'):])
		add(most, mailDomain, domain, hour)
		if from.Network != "" {
			add(max(most/shares, 1), mailDomainShare, domain+" "+from.Network, hour) // check: mail-domain-share
		}
	}
	if from.Network != "" {
		add(s.limits.MailPerNetwork, mailNetwork, from.Network, hour)
	}
	add(s.limits.MailTotal, mailTotal, "", day)
	if from.Network != "" && s.limits.MailTotal > 0 {
		add(max(s.limits.MailTotal/dayShares, 1), mailTotalShare, from.Network, day) // check: mail-total-share
	}
	return all
}

// refund undoes the counts of take in windows that have not ended.
func refund(ctx context.Context, q *db.Queries, taken []budget, now time.Time) error {
	p := db.RefundBudgetsParams{Now: now}
	for _, b := range taken {
		p.Scopes, p.Keys = append(p.Scopes, b.scope), append(p.Keys, b.key)
	}
	return q.RefundBudgets(ctx, p)
}

// prefix returns the plus sign and the first seven digits of a phone.
func prefix(e164 string) string { return e164[:min(len(e164), 1+prefixDigits)] }
