package transfer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxRecord bounds a record of a CSV file, in bytes. A quotation mark without its partner would otherwise make one
// record of the rest of the file.
const maxRecord = 1 << 20

// The errors of a CSV file.
var (
	ErrColumns = errors.New("the first line names no column id, user_name and password: export the table users with " +
		"the names of its columns")
	errRecord = errors.New("a record has more than 1 MiB: a quotation mark has no partner")
)

// anqicms reads the table users of AnQiCMS as CSV, with the names of the columns in the first line. Columns that Enroll
// has no use for are ignored, because each deployment of AnQiCMS may have columns of its own.
//
// The values of a row mean what they mean there, with two exceptions. An email is not verified: AnQiCMS stores
// each one that a user types. The same holds for a phone, and Enroll logs the owner of a phone in, so phones are
// kept only if the operator vouches for them: otherwise a stranger could have prepared an account for the phone of
// another person, and would share it.
type anqicms struct {
	csv     *csv.Reader
	in      *boundedReader
	columns map[string]int
	phones  bool // the operator vouches for them
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
	a := &anqicms{csv: csv.NewReader(bounded), in: bounded, columns: map[string]int{}, phones: phones}
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
	// Without these the file is another table, or one whose names are missing.
	for _, needed := range []string{"id", "user_name", "password"} {
		if _, ok := a.columns[needed]; !ok {
			return nil, ErrColumns
		}
	}
	return a, nil
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
	row := anqicmsRow{fields, a.columns, ""}
	u := row.user()
	from := record{line: int64(line), user: &u, wrong: row.wrong}
	if u.Phone != "" && !a.phones { // check: import-phones
		u.Phone, from.left = "", []string{notePhone}
	}
	return from, nil
}

// anqicmsRow is a row. wrong names the first value that cannot be read.
type anqicmsRow struct {
	fields  []string
	columns map[string]int
	wrong   string
}

// text returns a value without the blanks at its ends, which are never meant. It is "" for a column that is missing,
// and for NULL, which MySQL writes as \N and other programs as NULL.
func (r *anqicmsRow) text(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) || r.fields[i] == `\N` || r.fields[i] == "NULL" {
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
	// AnQiCMS marks a deleted user and keeps its row.
	if r.text("deleted_at") != "" && r.wrong == "" {
		r.wrong = noteDeleted
	}
	return u
}
