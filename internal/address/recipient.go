package address

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
)

// Recipient returns the user of a code that is sent or redeemed without a token, or pgx.ErrNoRows. A code for
// ForReset has no user for a day after the address was changed ([holder.Settled]). A user whose deletion is due
// counts as deleted, even if its row still exists.
func Recipient(ctx context.Context, q *db.Queries, to code.Destination, now time.Time) (db.User, error) {
	row, err := HolderOf(ctx, q, to)
	if err == nil && row.DeleteAt != nil && !now.Before(*row.DeleteAt) { // check: recipient-due
		return db.User{}, pgx.ErrNoRows
	}
	since := row.PhoneSince
	if to.Channel == code.Email {
		since = row.EmailSince
	}
	if err == nil && to.Purpose == code.ForReset && !holder.Settled(since, now) { // check: reset-settled
		return db.User{}, pgx.ErrNoRows
	}
	return row, err
}

// HolderOf returns the user that may log in and recover its account by an address: the one that has the
// phone or has verified the email. It returns pgx.ErrNoRows if there is none.
func HolderOf(ctx context.Context, q *db.Queries, to code.Destination) (db.User, error) {
	if to.Channel == code.Phone {
		return q.UserByPhone(ctx, db.UserByPhoneParams{SiteID: to.Site, Phone: to.Address})
	}
	return q.UserByVerifiedEmail(ctx, db.UserByVerifiedEmailParams{SiteID: to.Site, EmailKey: to.Address})
}
