package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/enroll-project/enroll/internal/transfer/source/mysqldump"
)

// The tables of AnQiCMS that are read of a dump.
const (
	anqicmsUsers  = "users"
	anqicmsGroups = "user_groups"
)

// The errors of a dump.
var (
	errNoUsers = errors.New("the dump has no table users: dump the database of AnQiCMS")
	errZIP     = errors.New("the file is a ZIP archive: unpack it, and import its database.sql")
	errOrder   = errors.New("the dump has groups behind its users: import it from a file and not from a pipe, " +
		"so that it can be read twice")
)

// anqicmsDump reads the users and groups of AnQiCMS from a file of SQL statements. The line of a record is its number
// among the rows of its table: mysqldump writes many rows in one line.
type anqicmsDump struct {
	rows *mysqldump.Reader
	// users begins the second pass, over the users. It is nil in that pass, and in the only pass of a pipe.
	users   func() (*mysqldump.Reader, error)
	phones  bool     // the operator vouches for them
	names   []string // of the columns below
	columns columns
	read    map[string]int64 // rows, by table
}

// openAnqicms reads the table of users as CSV, or a dump with it: that of mysqldump, of phpMyAdmin, or the backup that
// AnQiCMS makes in its administration. A dump begins with a comment or a statement, and CSV with the name of a column.
//
// Groups must be known before their users. mysqldump writes them first and phpMyAdmin last, because it compares the
// names users and user_groups in upper case. So a file is read twice: of a database with many articles that costs a
// second read of the disk, and it keeps nothing in memory.
func openAnqicms(in io.Reader, phones bool) (Reader, error) {
	// Blanks and a byte order mark may come first.
	buffer := bufio.NewReader(in)
	begin, err := buffer.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	// Later versions of AnQiCMS pack their backup together with their templates.
	if bytes.HasPrefix(begin, []byte("PK\x03\x04")) {
		return nil, errZIP
	}
	begin = bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\ufeff")), " \t\r\n"))
	for _, statement := range []string{
		"--", "/*", "#", "create ", "drop ", "insert ", "lock ", "replace ", "set ", "start ", "use ",
	} {
		if bytes.HasPrefix(begin, []byte(statement)) {
			return newAnqicmsDump(in, buffer, phones), nil
		}
	}
	return newAnqicms(buffer, phones)
}

// newAnqicmsDump reads a dump of which buffer holds the beginning.
func newAnqicmsDump(in io.Reader, buffer *bufio.Reader, phones bool) *anqicmsDump {
	a := &anqicmsDump{phones: phones, read: map[string]int64{}}
	// A pipe has no beginning to go back to, and says so. Most dumps have the groups first, and can be read from one.
	file, ok := in.(io.Seeker)
	if ok {
		_, err := file.Seek(0, io.SeekCurrent)
		ok = err == nil
	}
	if !ok {
		a.rows = mysqldump.New(buffer, anqicmsUsers, anqicmsGroups)
		return a
	}
	// The first pass uses what was read of the file to recognize it.
	a.rows = mysqldump.New(buffer, anqicmsGroups)
	a.users = func() (*mysqldump.Reader, error) {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		return mysqldump.New(in, anqicmsUsers), nil
	}
	return a
}

// Next returns the next group or user. Each row of the two tables is counted, also one that is refused, so that the
// numbers of a report do not depend on what the database has.
func (a *anqicmsDump) Next() (Record, error) {
	// An error of the dump names the line of the file, where an editor can go.
	from, err := a.rows.Next()
	// A dump that is cut off is read up to the cut by both passes, as a file of another format would be by one. Its rows
	// before the cut are whole.
	if a.users != nil && (errors.Is(err, io.EOF) || errors.Is(err, mysqldump.ErrCutOff)) {
		if a.rows, err = a.users(); err != nil {
			return Record{}, err
		}
		a.users = nil
		from, err = a.rows.Next()
	}
	switch {
	case errors.Is(err, io.EOF) && !a.rows.Has(anqicmsUsers):
		return Record{}, errNoUsers
	case err != nil:
		return Record{}, err
	// The users before it have got the default group, and a repetition would not give them another one.
	case from.Table == anqicmsGroups && a.read[anqicmsUsers] > 0:
		return Record{}, errOrder
	}
	// All rows of a statement have one slice of names.
	if len(a.names) == 0 || &a.names[0] != &from.Columns[0] {
		a.names, a.columns = from.Columns, columns{}
		for i, name := range from.Columns {
			a.columns[name] = i
		}
	}
	// The numbers begin at 1, as those of lines. Each table has its own, so that they are the same in both orders of the
	// tables.
	a.read[from.Table]++
	// Other columns than those of AnQiCMS end the import, because all rows of the table have them.
	row := anqicmsRow{cells{fields: from.Values, columns: a.columns}}
	if from.Table == anqicmsGroups {
		return row.group(a.read[from.Table]), nil
	}
	return row.record(a.read[from.Table], a.phones), a.columns.check()
}
