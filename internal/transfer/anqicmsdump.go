package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/enroll-project/enroll/internal/transfer/mysqldump"
)

// The tables of AnQiCMS that are read of a dump.
const (
	anqicmsUsers  = "users"
	anqicmsGroups = "user_groups"
)

// errNoUsers is the error of a dump of another database.
var errNoUsers = errors.New("the dump has no table users: dump the database of AnQiCMS")

// anqicmsDump reads the users and groups of AnQiCMS from a file of SQL statements. The line of a record is its number
// among the rows of its table: mysqldump writes many rows in one line.
type anqicmsDump struct {
	rows    *mysqldump.Reader
	phones  bool     // the operator vouches for them
	names   []string // of the columns below
	columns columns
	read    map[string]int64 // rows, by table
}

// openAnqicms reads the table of users as CSV, or a dump with it: that of mysqldump, of phpMyAdmin, or the backup that
// AnQiCMS makes in its administration. A dump begins with a comment or a statement, and CSV with the name of a column.
//
// All these programs write the tables in the order of their names, so that groups come before their users. In another
// order the users get the default group, and the report says so.
func openAnqicms(in io.Reader, phones bool) (source, error) {
	// Blanks and a byte order mark may come first.
	buffer := bufio.NewReader(in)
	begin, err := buffer.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("transfer: read: %w", err)
	}
	begin = bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\ufeff")), " \t\r\n"))
	for _, statement := range []string{
		"--", "/*", "#", "create ", "drop ", "insert ", "lock ", "replace ", "set ", "start ", "use ",
	} {
		if bytes.HasPrefix(begin, []byte(statement)) {
			return &anqicmsDump{
				rows: mysqldump.New(buffer, anqicmsUsers, anqicmsGroups), phones: phones, read: map[string]int64{},
			}, nil
		}
	}
	return newAnqicms(buffer, phones)
}

// next returns the next group or user. Each row of the two tables is counted, also one that is refused, so that the
// numbers of a report do not depend on what the database has.
func (a *anqicmsDump) next() (record, error) {
	// An error of the dump names the line of the file, where an editor can go.
	from, err := a.rows.Next()
	switch {
	case errors.Is(err, io.EOF) && !a.rows.Has(anqicmsUsers):
		return record{}, errNoUsers
	case err != nil:
		return record{}, err
	}
	// All rows of a statement have one slice of names.
	if len(a.names) == 0 || &a.names[0] != &from.Columns[0] {
		a.names, a.columns = from.Columns, columns{}
		for i, name := range from.Columns {
			a.columns[name] = i
		}
	}
	// The numbers begin at 1, as those of lines.
	a.read[from.Table]++
	// Other columns than those of AnQiCMS end the import, because all rows of the table have them.
	row := anqicmsRow{from.Values, a.columns, ""}
	if from.Table == anqicmsGroups {
		return row.group(a.read[from.Table]), nil
	}
	return row.record(a.read[from.Table], a.phones), a.columns.check()
}
