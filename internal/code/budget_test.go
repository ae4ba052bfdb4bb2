package code

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// TestBudgetsOfEachStanding: the budgets of an address depend on what is known of the client's network.
// They have the numbers that the documents promise.
func TestBudgetsOfEachStanding(t *testing.T) {
	t.Parallel()
	s := &Service{limits: Limits{
		SMSPerPrefix: 240, SMSPerNetwork: 50, SMSTotal: 1200, MailPerUser: 7, MailPerNetwork: 8, MailTotal: 1200,
	}}
	phone := Destination{Channel: Phone, Address: "+8613800138000"}
	home := Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}
	homeIPv6 := Origin{Subnet: "2001:db8::/64", Network: "2001:db8::/48"}
	const never = 1<<31 - 1
	for name, c := range map[string]struct {
		got  []budget
		want []budget
	}{
		"an address, without networks": {s.budgetsOfAddress(phone, Origin{}, db.AskerStandingRow{}), []budget{
			{scope: addressHour, window: 60 * time.Minute, allowed: 5, watchFrom: never},
			{scope: addressDay, window: 1440 * time.Minute, allowed: 10, watchFrom: never},
		}},
		"an address, from a known network": {s.budgetsOfAddress(phone, home, db.AskerStandingRow{Known: true}), []budget{
			{scope: askerHour, window: 60 * time.Minute, allowed: 5, watchFrom: never},
			{scope: askerDay, window: 1440 * time.Minute, allowed: 10, watchFrom: never},
		}},
		"an address, first from a network": {s.budgetsOfAddress(phone, home, db.AskerStandingRow{}), []budget{
			{scope: askerHour, window: 60 * time.Minute, allowed: 3, watchFrom: never},
			{scope: askerDay, window: 1440 * time.Minute, allowed: 5, watchFrom: never},
			{scope: addressFirst, window: 1440 * time.Minute, allowed: 24, watchFrom: never},
			{scope: askerFirst, window: 1440 * time.Minute, allowed: 2, watchFrom: never, partOf: addressFirst},
		}},
		"an address, first from an IPv6 network": {s.budgetsOfAddress(phone, homeIPv6, db.AskerStandingRow{}), []budget{
			{scope: askerHour, window: 60 * time.Minute, allowed: 3, watchFrom: never},
			{scope: askerDay, window: 1440 * time.Minute, allowed: 5, watchFrom: never},
			{scope: askerHour, window: 60 * time.Minute, allowed: 3, watchFrom: never}, // of the /48
			{scope: askerDay, window: 1440 * time.Minute, allowed: 5, watchFrom: never},
			{scope: addressFirst, window: 1440 * time.Minute, allowed: 24, watchFrom: never},
			{scope: askerFirst, window: 1440 * time.Minute, allowed: 2, watchFrom: never, partOf: addressFirst},
		}},
		"an address, again from a network": {s.budgetsOfAddress(phone, home, db.AskerStandingRow{UsedOwn: true}), []budget{
			{scope: askerHour, window: 60 * time.Minute, allowed: 3, watchFrom: never},
			{scope: askerDay, window: 1440 * time.Minute, allowed: 5, watchFrom: never},
			{scope: addressHour, window: 60 * time.Minute, allowed: 5, watchFrom: never},
			{scope: addressDay, window: 1440 * time.Minute, allowed: 10, watchFrom: never},
		}},
	} {
		if got := unnamed(c.got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestBudgetsOfMessages: one network, and all strangers together, get parts of the operator's limits.
func TestBudgetsOfMessages(t *testing.T) {
	t.Parallel()
	s := &Service{limits: Limits{
		SMSPerPrefix: 240, SMSPerNetwork: 50, SMSTotal: 1200, MailPerUser: 7, MailPerNetwork: 8, MailTotal: 1200,
	}}
	phone := Destination{Channel: Phone, Address: "+8613800138000"}
	mail := Destination{Channel: Email, Address: "wei@example.com", User: 1000}
	home := Origin{Subnet: "2001:db8::/64", Network: "2001:db8::/48"}
	sms := s.budgetsOfSMS(phone, home, db.AskerStandingRow{})
	converting := s.budgetsOfSMS(phone, home, db.AskerStandingRow{Converts: true, AtPrefix: true})
	for scope, want := range map[string]budget{
		smsPrefix:      {allowed: 240, window: time.Hour, watchFrom: 74},
		smsTotal:       {allowed: 1200, window: 24 * time.Hour, watchFrom: unwatched},
		smsNetwork:     {allowed: 50, window: time.Hour, watchFrom: unwatched},
		networkDay:     {allowed: unwatched, window: 24 * time.Hour, watchFrom: 20},
		smsSubnet:      {allowed: 10, window: time.Hour, watchFrom: unwatched},
		smsTotalShare:  {allowed: 75, window: 24 * time.Hour, watchFrom: unwatched, partOf: smsTotal},
		smsPrefixOpen:  {allowed: 180, window: time.Hour, watchFrom: unwatched, partOf: smsPrefix},
		smsPrefixShare: {allowed: 15, window: 24 * time.Hour, watchFrom: unwatched},
		smsPrefixPart:  {allowed: 15, window: time.Hour, watchFrom: unwatched, partOf: smsPrefix},
		smsTotalOpen:   {allowed: 900, window: 24 * time.Hour, watchFrom: unwatched, partOf: smsTotal},
	} {
		if want.scope = scope; !slices.Contains(unnamed(sms), want) {
			t.Errorf("no %+v in %+v", want, sms)
		}
	}
	for _, want := range []budget{
		{scope: smsPrefix, allowed: 240, window: time.Hour, watchFrom: 50},
		{scope: smsPrefixPart, allowed: 20, window: time.Hour, watchFrom: unwatched, partOf: smsPrefix},
		{scope: smsTotalShare, allowed: 100, window: 24 * time.Hour, watchFrom: unwatched, partOf: smsTotal},
	} {
		if !slices.Contains(unnamed(converting), want) {
			t.Errorf("no %+v in %+v", want, converting)
		}
	}
	for _, want := range []budget{
		{scope: mailUser, allowed: 7, window: 24 * time.Hour, watchFrom: unwatched},
		{scope: mailNetwork, allowed: 8, window: time.Hour, watchFrom: unwatched},
		{scope: mailTotal, allowed: 1200, window: 24 * time.Hour, watchFrom: unwatched},
	} {
		if got := s.budgetsOfMail(mail, home); !slices.Contains(unnamed(got), want) {
			t.Errorf("no %+v in %+v", want, got)
		}
	}
	// A client that is known for the phone needs no redeemed codes of its network.
	known := unnamed(s.budgetsOfSMS(phone, home, db.AskerStandingRow{Known: true}))
	watchedBy := func(b budget) bool { return b.scope == networkDay && b.watchFrom != unwatched }
	if slices.ContainsFunc(known, watchedBy) || len(known) != len(converting) {
		t.Errorf("a known client has %+v", known)
	}
	if got := prefix(phone.Address); got != "+8613800" {
		t.Errorf("a prefix is %s", got)
	}
}

// TestBudgetsThatAreOff: a limit of 0 turns off the budget and the parts of it. If the client's network is
// unknown, nothing is counted for a network. A client of IPv4 has no part of its network.
func TestBudgetsThatAreOff(t *testing.T) {
	t.Parallel()
	all := Limits{
		SMSPerPrefix: 240, SMSPerNetwork: 50, SMSTotal: 1200,
		MailPerUser: 7, MailPerNetwork: 8, MailPerDomain: 36, MailTotal: 1200,
	}
	without := func(off func(*Limits)) *Service {
		s := &Service{limits: all}
		off(&s.limits)
		return s
	}
	phone := Destination{Channel: Phone, Address: "+8613800138000"}
	mail := Destination{Channel: Email, Address: "wei@example.com"}
	own := Destination{Channel: Email, Address: "wei@example.com", User: 1000}
	v4 := Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}
	full := without(func(*Limits) {})
	for name, c := range map[string]struct {
		got  []budget
		want map[string]int32 // what is allowed, by scope
	}{
		"SMS, IPv4": {full.budgetsOfSMS(phone, v4, db.AskerStandingRow{Converts: true}), map[string]int32{
			smsPrefix: 240, smsTotal: 1200, smsNetwork: 50, networkDay: math.MaxInt32, smsTotalShare: 100, smsPrefixPart: 20,
		}},
		"SMS, unknown network": {full.budgetsOfSMS(phone, Origin{}, db.AskerStandingRow{}), map[string]int32{
			smsPrefix: 240, smsTotal: 1200,
		}},
		"SMS, networks not counted": {
			without(func(l *Limits) { l.SMSPerNetwork = 0 }).budgetsOfSMS(phone, v4, db.AskerStandingRow{}),
			map[string]int32{smsPrefix: 240, smsTotal: 1200},
		},
		"SMS, networks only": {
			without(func(l *Limits) { l.SMSPerPrefix, l.SMSTotal = 0, 0 }).budgetsOfSMS(phone, v4, db.AskerStandingRow{}),
			map[string]int32{smsNetwork: 50, networkDay: math.MaxInt32},
		},
		"mail of a domain": {full.budgetsOfMail(mail, v4), map[string]int32{
			mailDomain: 36, mailDomainShare: 3, mailNetwork: 8, mailTotal: 1200, mailTotalShare: 100,
		}},
		"mail of a user": {full.budgetsOfMail(own, v4), map[string]int32{
			mailUser: 7, mailNetwork: 8, mailTotal: 1200, mailTotalShare: 100,
		}},
		"mail, unknown network": {full.budgetsOfMail(mail, Origin{}), map[string]int32{mailDomain: 36, mailTotal: 1200}},
		"mail, domains not counted": {
			without(func(l *Limits) { l.MailPerDomain = 0 }).budgetsOfMail(mail, v4),
			map[string]int32{mailNetwork: 8, mailTotal: 1200, mailTotalShare: 100},
		},
		"mail, no total": {
			without(func(l *Limits) { l.MailTotal = 0 }).budgetsOfMail(own, v4), map[string]int32{mailUser: 7, mailNetwork: 8},
		},
		"mail, nothing": {without(func(l *Limits) { *l = Limits{} }).budgetsOfMail(mail, v4), map[string]int32{}},
	} {
		got := map[string]int32{}
		for _, b := range c.got {
			got[b.scope] = b.allowed
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	// Where networks are not distinguished, none gets the 24 additional SMS for first requests.
	for name, first := range map[string]int32{
		"unknown network": full.watchPrefix(Origin{}, db.AskerStandingRow{}),
		"not counted":     without(func(l *Limits) { l.SMSPerNetwork = 0 }).watchPrefix(v4, db.AskerStandingRow{}),
	} {
		if first != 50 {
			t.Errorf("%s: a prefix is watched from %d SMS on, want 50", name, first)
		}
	}
}

// unnamed returns budgets without the keys of their rows.
func unnamed(all []budget) []budget {
	all = slices.Clone(all)
	for i := range all {
		all[i].key, all[i].partKey = "", ""
	}
	return all
}
