package source

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxRecord bounds a record of a CSV file, in bytes. A quotation mark without its partner would otherwise make one
// record of the rest of the file.
const maxRecord = 1 << 20

// errRecord is the error of a file that has such a mark.
var errRecord = errors.New("a record has more than 1 MiB: a quotation mark has no partner")

// table reads a CSV file with the names of its columns in the first line.
type table struct {
	in      *boundedReader
	columns columns
	width   int // values in the first line
	// record returns the next record and the line at which it begins, or io.EOF.
	record func() (fields []string, line int64, err error)
}

// newTable reads the first line. The file quotes by RFC 4180, or perhaps as MySQL does.
func newTable(in io.Reader, mysql bool) (*table, error) {
	// The bound counts what the readers read ahead, too, which is little beside it.
	bounded := &boundedReader{in, maxRecord}
	t := &table{in: bounded, columns: columns{}}
	if mysql {
		t.record = newOutfile(bounded).next
	} else {
		t.record = records(bounded)
	}
	first, _, err := t.record()
	if errors.Is(err, io.EOF) {
		return nil, ErrNoLines
	}
	if err != nil {
		return nil, err
	}
	// Programs write the names in upper case as well, and a byte order mark before the first.
	t.width = len(first)
	for i, name := range first {
		t.columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	return t, nil
}

// records returns a function that reads the records of a file by RFC 4180.
func records(in io.Reader) func() ([]string, int64, error) {
	// A row may lack columns that the first line has. It is refused alone, and the rest of the file is read.
	r := csv.NewReader(in)
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	width, at := 0, 0
	return func() ([]string, int64, error) {
		fields, err := r.Read()
		// CSV has no last line that could show that the file is whole. The counts of the import show it.
		if errors.Is(err, io.EOF) {
			return nil, 0, io.EOF
		}
		if err != nil {
			return nil, 0, csvError(err, at)
		}
		// This is the line of the file at which the row begins, and not the number of the row: a value may have line
		// breaks.
		at, _ = r.FieldPos(0)
		width = cmp.Or(width, len(fields))
		if len(fields) != width && slices.ContainsFunc(fields, func(s string) bool { return strings.Contains(s, "\n") }) {
			return nil, 0, fmt.Errorf("line %d: %w", at, errWidth)
		}
		return fields, int64(at), nil
	}
}

// next returns the next row with its line, or io.EOF. Each record may have as many bytes as the first.
func (t *table) next() (row cells, line int64, err error) {
	t.in.left = maxRecord
	fields, line, err := t.record()
	return cells{fields, t.columns, t.width, ""}, line, err
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

// csvError returns an error without a part of the file. It names the line at which the record begins, or the last one
// whose record could be read.
func csvError(err error, before int) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d: %w", parse.StartLine, parse.Err)
	}
	return fmt.Errorf("after line %d: %w", before, err)
}

// columns has the place of each column, by its name in lower case. Tables of other systems have columns that Enroll has
// no use for, and each deployment may add some.
type columns map[string]int

// has reports whether a table has some columns.
func (c columns) has(names ...string) bool {
	// Without them it is another table, or one whose names are missing.
	for _, name := range names {
		if _, ok := c[name]; !ok {
			return false
		}
	}
	return true
}

// cells is a row of a table. wrong names the first value that cannot be read.
type cells struct {
	fields  []string
	columns columns
	width   int // values that the row should have
	wrong   string
}

// text returns a value without the blanks at its ends, which are never meant. It is "" for a column that is missing.
func (r *cells) text(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	// The fields are reused for the next row.
	return strings.Clone(strings.TrimSpace(r.fields[i]))
}

// number returns a value, 0 for none.
func (r *cells) number(column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	// All numbers of the table are whole, amounts in minor units included.
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.malformed(column)
	}
	return n
}
