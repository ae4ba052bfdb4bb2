package smscount

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// Delivery is what a provider has said about a message that it had taken.
type Delivery string

// The deliveries. The values are stored, and are labels of a metric.
const (
	Delivered       Delivery = "delivered"
	RecipientFailed Delivery = "recipient_failed" // not delivered because of the phone, and never will be
	NotDelivered    Delivery = "failed"           // for another reason: carrier, filter, account, phone is off
	Unknown         Delivery = "unknown"          // the provider's word is not known here
)

// Receipt is the last word of a provider about one message. It has no phone.
type Receipt struct {
	// ID has 16 bytes. Receipts with the same ID are counted once, while they are kept.
	ID []byte
	// Country is that of the phone, as code.CountryOf returns it. Sender is a name of ENROLL_SMS.
	Country, Sender string
	Delivery        Delivery
}

// KeepReceipts is how long a repeated receipt is recognized, in days. A provider repeats for a day at most, and the
// signature of a request that is repeated later has to be too old by then.
const KeepReceipts = 7

// AddReceipts stores receipts, in one statement, and returns those that were not stored before. After an error the
// same receipts can be added again: none is counted twice.
func (c *Counter) AddReceipts(ctx context.Context, all []Receipt) ([]Receipt, error) {
	// The day is that of the database's clock, so that all replicas have the same.
	p := db.AddSMSReceiptsParams{Day: c.now().UTC()}
	for _, r := range all {
		p.Ids, p.Countries = append(p.Ids, r.ID), append(p.Countries, r.Country)
		p.Senders, p.Results = append(p.Senders, r.Sender), append(p.Results, string(r.Delivery))
	}
	ids, err := c.queries.AddSMSReceipts(ctx, p)
	if err != nil {
		return nil, err
	}
	// A request may have a receipt twice. It is new once.
	stored := map[string]bool{}
	for _, id := range ids {
		stored[string(id)] = true
	}
	// The order is that of the request, so that logs of it can be compared.
	var added []Receipt
	for _, r := range all {
		if stored[string(r.ID)] {
			delete(stored, string(r.ID))
			added = append(added, r)
		}
	}
	return added, nil
}

// keepReceipts moves receipts into the counts of their days, and deletes old ones.
func (c *Counter) keepReceipts(ctx context.Context) error {
	// As many may come in a minute as messages are sent, so one batch would be too few under load. A batch that is not
	// full ends a step.
	for {
		moved, err := c.queries.FoldSMSReceipts(ctx)
		if err != nil {
			return err
		}
		if moved < foldBatch {
			break
		}
	}
	// What was not moved yet is never deleted, also if it is old: the service may have been away for a week.
	now := c.now().UTC()
	for {
		purged, err := c.queries.PurgeSMSReceipts(ctx, db.PurgeSMSReceiptsParams{
			KeptFrom: now.AddDate(0, 0, -KeepReceipts),
		})
		if err != nil {
			return err
		}
		if purged < foldBatch {
			break
		}
	}
	_, err := c.queries.PurgeSMSReceiptDays(ctx, db.PurgeSMSReceiptDaysParams{KeptFrom: now.AddDate(0, 0, -MaxDays)})
	return err
}

// ReceiptDay is what receipts of a day said about messages of one sender to a country. The messages may have been sent
// on a day before.
type ReceiptDay struct {
	Day             time.Time // midnight in UTC, zero in a sum over several days
	Country, Sender string
	// The fields have the names of the deliveries.
	Delivered, RecipientFailed, NotDelivered, Unknown int64
}

// total returns the number of receipts of a day.
func (d ReceiptDay) total() int64 {
	return d.Delivered + d.RecipientFailed + d.NotDelivered + d.Unknown
}

// ReceiptDays returns the counts of receipts from a day on, sorted by day, country and sender. An empty country or
// sender is all of them.
func (c *Counter) ReceiptDays(ctx context.Context, since time.Time, country, sender string) ([]ReceiptDay, error) {
	rows, err := c.queries.SMSReceiptDays(ctx, db.SMSReceiptDaysParams{Since: since, Country: country, Sender: sender})
	if err != nil {
		return nil, err
	}
	var all []ReceiptDay
	for _, r := range rows {
		all = append(all, ReceiptDay{r.Day, r.Country, r.Sender, r.Delivered, r.RecipientFailed, r.Failed, r.Unknown})
	}
	return all, nil
}
