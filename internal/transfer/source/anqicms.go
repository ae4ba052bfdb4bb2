package source

import (
	"errors"
	"io"
	"math"
	"strings"
	"time"
)

// ErrColumns is the error of a CSV file of another table.
var ErrColumns = errors.New("the table users has no column id, user_name and password: export that of AnQiCMS, " +
	"as CSV with the names of its columns")

// anqicms reads the table users of AnQiCMS as CSV, with the names of the columns in the first line.
type anqicms struct {
	table  *table
	phones bool // the operator vouches for them
}

// check returns an error if the columns are not those of the table users.
func (c columns) check() error {
	// A dump has them, too.
	if !c.has("id", "user_name", "password") {
		return ErrColumns
	}
	return nil
}

// newAnqicms reads the first line.
func newAnqicms(in io.Reader, phones bool) (*anqicms, error) {
	t, err := newTable(in, true)
	if err != nil {
		return nil, err
	}
	return &anqicms{t, phones}, t.columns.check()
}

// Next returns the next user.
func (a *anqicms) Next() (Record, error) {
	from, line, err := a.table.next()
	if err != nil {
		return Record{}, err
	}
	// MySQL writes NULL as \N, and other programs as NULL.
	from.nulls(`\N`, "NULL") // check: import-anqicms-width
	row := anqicmsRow{from}
	return row.record(line, a.phones), nil
}

// anqicmsRow is a row of a table of AnQiCMS, in which NULL is "".
type anqicmsRow struct{ cells }

// record returns a user. The values of a row mean what they mean in AnQiCMS, with two exceptions. An email is not
// verified: AnQiCMS stores each one that a user types. The same holds for a phone, so phones are kept only if the
// operator vouches for them.
func (r *anqicmsRow) record(line int64, phones bool) Record {
	// A row that cannot be read is reported with its id.
	u := r.user()
	from := Record{Line: line, User: &u, Wrong: r.wrong}
	from.vouched(phones)
	return from
}

// at returns a time of Unix seconds, nil for 0.
func (r *anqicmsRow) at(column string) *time.Time {
	seconds := r.number(column)
	if seconds <= 0 {
		return nil
	}
	return new(time.Unix(seconds, 0).UTC())
}

// user returns the line of a user. The invite code is put into lower case, in which Enroll compares it. AnQiCMS writes
// it in base 36.
func (r *anqicmsRow) user() User {
	// In AnQiCMS a time of 0 means that there is none.
	u := User{
		Kind: KindUser, ID: ID(r.text("id")), UserName: r.text("user_name"), Email: r.text("email"),
		Phone: r.text("phone"), PasswordHash: r.text("password"), RealName: r.text("real_name"),
		FirstName: r.text("first_name"), LastName: r.text("last_name"), AvatarURL: r.text("avatar_url"),
		Introduce: r.text("introduce"), Group: r.number("group_id"), Retailer: r.number("is_retailer") == 1,
		Balance: r.number("balance"), TotalReward: r.number("total_reward"),
		InviteCode: strings.ToLower(r.text("invite_code")), Created: r.at("created_time"), Updated: r.at("updated_time"),
		LastLogin: r.at("last_login"), Expires: r.at("expire_time"),
	}
	// 0 means no inviter.
	if parent := r.number("parent_id"); parent > 0 {
		u.Parent = NumberID(parent)
	}
	// 1 is active. 0 waits for an operator, who admits a user by an approval here as well, and -1 is blocked: neither may
	// log in.
	// A value that AnQiCMS does not know is refused, because it could mean anything.
	switch r.text("status") {
	case "1":
		u.Status = Active
	case "0":
		u.Status = Waiting
	case "-1", "":
		u.Status = Disabled
	default:
		u.Status = "unknown"
	}
	r.deleted()
	return u
}

// deleted notes a row that AnQiCMS has marked as deleted and kept.
func (r *anqicmsRow) deleted() {
	// A value that cannot be read is the better note: an operator can correct it.
	if r.text("deleted_at") != "" && r.wrong == "" {
		r.wrong = NoteDeleted
	}
}

// group returns the line of a group. The other columns are about prices and rewards, which are not Enroll's.
func (r *anqicmsRow) group(line int64) Record {
	// A level beyond the column is refused by the table, as one of a million is.
	g := Group{
		Kind: KindGroup, ID: r.number("id"), Title: r.text("title"), Description: r.text("description"),
		Level: int32(max(math.MinInt32, min(math.MaxInt32, r.number("level")))), //nolint:gosec // bounded
	}
	r.deleted()
	return Record{Line: line, Group: &g, Wrong: r.wrong}
}
