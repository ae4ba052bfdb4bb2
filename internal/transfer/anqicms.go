package transfer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxRecord bounds a record of a CSV file, in bytes. A quotation mark without its partner would otherwise make one
// record of the rest of the file.
const maxRecord = 1 << 20

// The errors of a CSV file.
var (
	ErrColumns = errors.New("the table users has no column id, user_name and password: export that of AnQiCMS, " +
		"as CSV with the names of its columns")
	errRecord = errors.New("a record has more than 1 MiB: a quotation mark has no partner")
)

// anqicms reads the table users of AnQiCMS as CSV, with the names of the columns in the first line.
type anqicms struct {
	csv     *csv.Reader
	in      *boundedReader
	columns columns
	phones  bool // the operator vouches for them
}

// columns has the place of each column, by its name in lower case. Columns that Enroll has no use for are ignored,
// because each deployment of AnQiCMS may have columns of its own.
type columns map[string]int

// check returns an error if the columns are not those of the table users.
func (c columns) check() error {
	// Without these it is another table, or one whose names are missing.
	for _, needed := range []string{"id", "user_name", "password"} {
		if _, ok := c[needed]; !ok {
			return ErrColumns
		}
	}
	return nil
}

// boundedReader returns an error if more than maxRecord bytes are read without a reset.
type boundedReader struct {
	io.Reader
	left int
}

// Read reads at most what is left of a record.
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRecord
	}
	// Not more than is left is read, so that the error comes at the bound and not after a buffer.
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// newAnqicms reads the first line.
func newAnqicms(in io.Reader, phones bool) (*anqicms, error) {
	// The bound counts what package csv reads ahead, too, which is little beside it.
	bounded := &boundedReader{in, maxRecord}
	a := &anqicms{csv: csv.NewReader(bounded), in: bounded, columns: columns{}, phones: phones}
	// MySQL quotes only where it must, and a row may lack columns that the first line has.
	a.csv.LazyQuotes, a.csv.ReuseRecord, a.csv.FieldsPerRecord = true, true, -1
	first, err := a.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, ErrNoLines
	}
	if err != nil {
		return nil, csvError(err)
	}
	// Programs write the names in upper case as well, and a byte order mark before the first.
	for i, name := range first {
		a.columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	return a, a.columns.check()
}

// csvError returns an error without a part of the file.
func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	}
	return fmt.Errorf("transfer: read: %w", err)
}

// next returns the next user. Each record may have as many bytes as the first.
func (a *anqicms) next() (record, error) {
	a.in.left = maxRecord
	fields, err := a.csv.Read()
	// CSV has no last line that could show that the file is whole. The counts of the import show it.
	if errors.Is(err, io.EOF) {
		return record{}, io.EOF
	}
	if err != nil {
		return record{}, csvError(err)
	}
	line, _ := a.csv.FieldPos(0)
	// MySQL writes NULL as \N, and other programs as NULL.
	for i, field := range fields {
		if field == `\N` || field == "NULL" {
			fields[i] = ""
		}
	}
	// The line is that of an editor: a value may have line breaks.
	row := anqicmsRow{fields, a.columns, ""}
	return row.record(int64(line), a.phones), nil
}

// anqicmsRow is a row of a table of AnQiCMS, in which NULL is "". wrong names the first value that cannot be read.
type anqicmsRow struct {
	fields  []string
	columns columns
	wrong   string
}

// record returns a user. The values of a row mean what they mean in AnQiCMS, with two exceptions. An email is not
// verified: AnQiCMS stores each one that a user types. The same holds for a phone, so phones are kept only if the
// operator vouches for them.
func (r *anqicmsRow) record(line int64, phones bool) record {
	// A row that cannot be read is reported with its id.
	u := r.user()
	from := record{line: line, user: &u, wrong: r.wrong}
	from.vouched(phones)
	return from
}

// text returns a value without the blanks at its ends, which are never meant. It is "" for a column that is missing.
func (r *anqicmsRow) text(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	// The fields are reused for the next row.
	return strings.Clone(strings.TrimSpace(r.fields[i]))
}

// number returns a value, 0 for none.
func (r *anqicmsRow) number(column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	// All numbers of the table are whole, amounts in minor units included.
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && r.wrong == "" {
		r.wrong = column + ": malformed"
	}
	return n
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
		Kind: kindUser, ID: SourceID(r.text("id")), UserName: r.text("user_name"), Email: r.text("email"),
		Phone: r.text("phone"), PasswordHash: r.text("password"), RealName: r.text("real_name"),
		FirstName: r.text("first_name"), LastName: r.text("last_name"), AvatarURL: r.text("avatar_url"),
		Introduce: r.text("introduce"), Group: r.number("group_id"), Retailer: r.number("is_retailer") == 1,
		Balance: r.number("balance"), TotalReward: r.number("total_reward"),
		InviteCode: strings.ToLower(r.text("invite_code")), Created: r.at("created_time"), Updated: r.at("updated_time"),
		LastLogin: r.at("last_login"), Expires: r.at("expire_time"),
	}
	// 0 means no inviter.
	if parent := r.number("parent_id"); parent > 0 {
		u.Parent = sourceID(parent)
	}
	// 1 is active. 0 waits for an operator, who admits a user by an approval here as well, and -1 is blocked: neither may
	// log in.
	// A value that AnQiCMS does not know is refused, because it could mean anything.
	switch r.text("status") {
	case "1":
		u.Status = statusActive
	case "0":
		u.Status = statusWaiting
	case "-1", "":
		u.Status = statusDisabled
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
		r.wrong = noteDeleted
	}
}

// group returns the line of a group. The other columns are about prices and rewards, which are not Enroll's.
func (r *anqicmsRow) group(line int64) record {
	// A level beyond the column is refused by the table, as one of a million is.
	g := group{
		Kind: kindGroup, ID: r.number("id"), Title: r.text("title"), Description: r.text("description"),
		Level: int32(max(math.MinInt32, min(math.MaxInt32, r.number("level")))), //nolint:gosec // bounded
	}
	r.deleted()
	return record{line: line, group: &g, wrong: r.wrong}
}
