package code

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Proven is a code that was right when it was tried and is still to be spent. The zero value
// stands for no code; spending it does nothing.
type Proven struct {
	Destination
	mac    []byte
	from   Origin // the client that tried it
	prefix string // of the phone, "" for an email
	// Keys in the table budgets; around is "" if there is no network around the subnet.
	address, asker, around string
}

// Try compares what was typed with the valid codes of the destination, and counts
// a wrong answer, also if the caller's transaction is rolled back (I3 of package account). It
// returns a *[Refusal] with Wrong, Expired or Exhausted, or an error of the database.
func (s *Service) Try(ctx context.Context, to Destination, from Origin, typed string) (Proven, error) {
	// Digits of another script make the same code, so they are converted before the hash.
	code, ok := read(typed)
	if !ok {
		// What was typed cannot be a code, so no guess was made and none is counted.
		return Proven{}, &Refusal{Why: Wrong}
	}
	p := Proven{
		Destination: to, mac: s.mac(to, code), from: from,
		address: s.name(to.Address), asker: s.asker(to.Address, from), around: s.around(to.Address, from),
	}
	if to.Channel == Phone {
		p.prefix = prefix(to.Address)
	}
	now := s.now()
	verdict, err := s.queries.TryCode(ctx, db.TryCodeParams{
		SiteID: to.Site, Address: to.Address, Purpose: string(to.Purpose), UserID: to.User, CodeMac: p.mac,
		Subnet: from.Subnet, AddressKey: p.address, AskerKey: p.asker, AroundKey: p.around,
		Now: now, FailuresEnd: now.Add(failureWindow), KnownFailuresEnd: now.Add(knownWindow),
		MaxTries: maxTries, MaxAskerFailures: failuresOf(from), MaxFailures: maxFailures,
	})
	if err != nil {
		return Proven{}, err
	}
	switch verdict {
	case "right":
		return p, nil
	case "wrong":
		return Proven{}, &Refusal{Why: Wrong}
	case "expired":
		return Proven{}, &Refusal{Why: Expired}
	}
	return Proven{}, &Refusal{Why: Exhausted}
}

// Spend spends the code in the caller's transaction (I2). It returns a *[Refusal] with
// Expired if another request has spent the code, and with Exhausted if its tries are used up
// by now.
func (p Proven) Spend(ctx context.Context, q *db.Queries, now time.Time) error {
	if p.Address == "" {
		return nil
	}
	// The tries are compared again here: Try may have compared many concurrent guesses before
	// one of them was counted.
	outcome, err := q.SpendCode(ctx, db.SpendCodeParams{
		SiteID: p.Site, Address: p.Address, CodeMac: p.mac, Subnet: p.from.Subnet, MaxTries: maxTries,
		Prefix: p.prefix, AddressKey: p.address, AskerKey: p.asker, AroundKey: p.around,
		Now: now, KnownUntil: now.Add(knownLife), Day: now.UTC(), Country: p.country(),
	})
	if err != nil {
		return err
	}
	return Outcome(outcome)
}

// Outcome returns the *[Refusal] for the outcome of a statement that was to spend a code, and
// nil if the code was spent or there was none.
func Outcome(outcome string) error {
	switch outcome {
	case "none", "spent": // check: code-spent
		return nil
	case "exhausted":
		return &Refusal{Why: Exhausted}
	}
	return &Refusal{Why: Expired}
}

// AskEmail is called before an answer reveals that an email is taken. One code allows one such answer.
// AskEmail uses it up, and returns a *[Refusal] with Exhausted if it was used up before. For the zero
// value, that is, for a registration without a code, there is no bound here: where registrations
// require a captcha, each costs one.
func (s *Service) AskEmail(ctx context.Context, p Proven) error {
	if p.Address == "" {
		return nil
	}
	return postgres.Alone(ctx, s.pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		n, err := db.New(conn).AskEmail(ctx, db.AskEmailParams{SiteID: p.Site, Address: p.Address, CodeMac: p.mac})
		if err != nil || n == 1 {
			return err
		}
		return &Refusal{Why: Exhausted}
	})
}

// failuresOf returns how many wrong answers for an address a client's subnet may give.
func failuresOf(from Origin) int32 {
	if from.Subnet == "" {
		return maxFailures // clients cannot be distinguished
	}
	return maxAskerFailures
}

// SpendInto sets the parameters by which a registration spends its code in the statement that
// inserts the user. One statement for both saves a round trip to the database.
func (p Proven) SpendInto(row *db.SpendCodeAndInsertUserParams, now time.Time) {
	row.CodeAddress, row.CodeMac, row.Subnet, row.MaxTries = p.Address, p.mac, p.from.Subnet, maxTries
	row.Prefix, row.AddressKey, row.AskerKey, row.AroundKey = p.prefix, p.address, p.asker, p.around
	row.KnownUntil, row.Day, row.Country = now.Add(knownLife), now.UTC(), p.country()
}
