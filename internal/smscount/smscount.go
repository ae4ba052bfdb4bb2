// Package smscount counts what the senders of SMS have sent, what it cost and what their receipts say, by day, country
// and sender, over all replicas and restarts. Package code counts the codes and their use; there no sender is known.
//
// A [Counter] counts in memory, and [Counter.Flush] adds the counts to the table sms_sender_days, so that a message
// costs no statement. A process that crashes loses the counts since its last Flush; one that stops flushes them.
package smscount

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/price"
)

// Result is what became of a message at a sender.
type Result int

// The results.
const (
	Failed Result = iota // certainly not sent
	Unsure               // it may arrive
	Sent                 // taken by the provider
)

// Day is what one sender has sent to a country in a day, codes and notices.
type Day struct {
	// Day is midnight in UTC. It is zero in a sum over several days.
	Day time.Time
	// Country is that of the phones, as code.CountryOf returns it.
	Country string
	// Sender is a name of ENROLL_SMS, such as aliyun.
	Currency, Sender string
	// Sent are the messages that the sender has taken, Unsure those that may arrive, and Failed the attempts in which
	// certainly nothing was sent. A message that the next sender has taken is in Failed of the first one, too.
	Sent, Unsure, Failed int64
	// Cost is that of Sent and Unsure, by the prices at the time. Currency is its ISO 4217 code, or "" if no prices were
	// set.
	Cost price.Amount
}

// key names a Day. The values that it can have are bounded: days since the last Flush, countries, and the senders that
// are set.
type key struct {
	day                       time.Time
	country, sender, currency string
}

// Counter counts messages. It is safe for concurrent use.
type Counter struct {
	pool    *postgres.Pool
	queries *db.Queries
	now     func() time.Time
	// mu guards counts. It is never held while a statement runs, so that no sender waits for the database.
	mu     sync.Mutex
	counts map[key]Day
}

// New returns a Counter. now is the database's clock, so that all replicas have the same days.
func New(pool *postgres.Pool, now func() time.Time) *Counter {
	return &Counter{pool: pool, queries: db.New(postgres.NewStatements(pool)), now: now, counts: map[key]Day{}}
}

// Add counts one message. cost is its price with the sender; it is not counted if the message was not sent.
func (c *Counter) Add(country, sender, currency string, r Result, cost price.Amount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A message at midnight counts on the day on which its sender has answered.
	now := c.now().UTC()
	d := Day{
		Day:     time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC),
		Country: country, Sender: sender, Currency: currency,
	}
	// What may arrive is paid for, as far as is known here.
	switch r {
	case Sent:
		d.Sent, d.Cost = 1, cost
	case Unsure:
		d.Unsure, d.Cost = 1, cost // check: smscount-unsure
	default:
		d.Failed = 1
	}
	c.merge(d)
}

// merge adds d to the counts. The caller holds mu.
func (c *Counter) merge(d Day) {
	at := key{d.Day, d.Country, d.Sender, d.Currency}
	old := c.counts[at]
	d.Sent, d.Unsure, d.Failed, d.Cost = d.Sent+old.Sent, d.Unsure+old.Unsure, d.Failed+old.Failed, d.Cost+old.Cost
	c.counts[at] = d
}

// Flush adds what was counted since the last Flush to the table. After an error the counts are kept for the next Flush,
// unless the connection was lost and they may be stored: so no message is counted twice.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	// Messages that are counted from here on are for the next Flush.
	counted := c.counts
	c.counts = map[key]Day{}
	c.mu.Unlock()
	// Most deployments send nothing in most minutes.
	if len(counted) == 0 {
		return nil
	}
	// All rows are added in one statement, so that none is stored if the statement fails. It locks them in one order.
	var p db.AddSMSSenderDaysParams
	for _, d := range counted {
		p.Days, p.Countries = append(p.Days, d.Day), append(p.Countries, d.Country)
		p.Senders, p.Currencies = append(p.Senders, d.Sender), append(p.Currencies, d.Currency)
		p.Sent, p.Unsure, p.Failed = append(p.Sent, d.Sent), append(p.Unsure, d.Unsure), append(p.Failed, d.Failed)
		p.Costs = append(p.Costs, int64(d.Cost))
	}
	// Alone tells whether the statement may have been stored, and does not cancel it when the service stops.
	err := postgres.Alone(ctx, c.pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		return db.New(conn).AddSMSSenderDays(ctx, p)
	})
	if err != nil && !errors.Is(err, postgres.ErrOutcomeUnknown) { // check: smscount-kept
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, d := range counted {
			c.merge(d)
		}
	}
	return err
}

// MaxDays is how many days are kept: a month can be compared with that of the year before.
const MaxDays = 400

// foldBatch is how many codes FoldSMSUses moves at most.
const foldBatch = 1000

// Keep stores what was counted, moves codes that were spent and receipts into the counts of their days, and deletes the
// counts of days that are older than MaxDays. If a step fails, the others run nevertheless. Call it once a minute: a
// code counts as used in package code, which watches the countries, once it is moved. Replicas may call it at the same
// time.
func (c *Counter) Keep(ctx context.Context) error {
	flushed, folded := c.Flush(ctx), c.fold(ctx)
	// A day has a few hundred rows at most, so a batch a minute is enough.
	kept := c.now().UTC().AddDate(0, 0, -MaxDays)
	_, err := c.queries.PurgeSMSDays(ctx, db.PurgeSMSDaysParams{KeptFrom: kept})
	_, ofSenders := c.queries.PurgeSMSSenderDays(ctx, db.PurgeSMSSenderDaysParams{KeptFrom: kept})
	return errors.Join(flushed, folded, err, ofSenders, c.keepReceipts(ctx))
}

// fold moves the codes that were spent into the counts of their days.
func (c *Counter) fold(ctx context.Context) error {
	// No other call moves them, so one batch would be too few under load. A batch that is not full ends it: codes that are
	// spent meanwhile are for the next call, since each batch locks the row that codes of the country are counted in.
	for {
		moved, err := c.queries.FoldSMSUses(ctx)
		if err != nil || moved < foldBatch { // check: smscount-fold
			return err
		}
	}
}

// Days returns the counts from a day on, sorted by day, country, sender and currency, as they were flushed by all
// replicas. An empty country or sender is all of them.
func (c *Counter) Days(ctx context.Context, since time.Time, country, sender string) ([]Day, error) {
	rows, err := c.queries.SMSSenderDays(ctx, db.SMSSenderDaysParams{
		Since: since, Country: country, Sender: sender,
	})
	if err != nil {
		return nil, err
	}
	// The row of the database is not returned itself, so that callers need not know its types.
	var all []Day
	for _, r := range rows {
		all = append(all, Day{
			Day: r.Day, Country: r.Country, Sender: r.Sender, Currency: r.Currency,
			Sent: r.Sent, Unsure: r.Unsure, Failed: r.Failed, Cost: price.Amount(r.Cost),
		})
	}
	return all, nil
}
