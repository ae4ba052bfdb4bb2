package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The errors of a record whose end is not known. The rows behind it may be in one of its values, so the import ends.
var (
	errMark  = errors.New("a quotation mark is neither doubled nor escaped, or has no partner")
	errWidth = errors.New("a record of several lines has more or fewer values than columns: a quotation mark may have " +
		"no partner")
	errWays = errors.New("it is not clear whether a backslash escapes the character behind it: import a dump in place " +
		"of CSV")
)

// outfile reads CSV that one of two kinds of programs has written, and finds out which from the file:
//
//   - RFC 4180, as phpMyAdmin and DBeaver write it: a quotation mark in a value is doubled, and a backslash is a
//     character like any other.
//   - INTO OUTFILE of MySQL with ESCAPED BY '\\': a backslash stands before a quotation mark, a backslash, a comma or a
//     line break that is part of a value, and \0 is U+0000.
//
// A record is read in both ways. If only one of them gives as many values as there are columns, the rest of the file is
// read in that way. If both do and end at different lines, the import ends: one of them loses rows.
type outfile struct {
	in      *bufio.Reader
	bound   *boundedReader
	behind  []string // lines that were read and are not part of the record before
	begun   string   // the part of the next line that was read before the bound
	lines   int64    // that are part of the records so far
	width   int      // values that a record should have; 0 for the first record, which may have any number
	escapes []bool   // the ways that are possible: whether a backslash escapes
}

// newOutfile returns a reader of a file of which nothing was read.
func newOutfile(bound *boundedReader) *outfile {
	// If both ways give as many values as there are columns, the first one wins: two backslashes are more often one
	// that is escaped.
	return &outfile{in: bufio.NewReader(bound), bound: bound, escapes: []bool{true, false}}
}

// next returns the next record and the line at which it begins, or io.EOF. An error has no part of the file.
func (o *outfile) next() (fields []string, line int64, err error) {
	o.bound.left = maxRecord
	// Blank lines are passed over, as package csv does.
	text := "\n"
	for strings.Trim(text, "\r\n") == "" {
		if text, err = o.text(); err != nil {
			return nil, 0, atLine(o.lines, err)
		}
	}
	line = o.lines
	ways := make([]scan, len(o.escapes))
	for i, escapes := range o.escapes {
		ways[i].escapes = escapes
	}
	// The lines of the record. Where one way has read it, the other may need more of them to turn out wrong.
	for read := []string{text}; ; read = append(read, text) {
		open := false
		for i := range ways {
			ways[i].add(text)
			open = open || ways[i].open()
		}
		if !open {
			fields, err = o.choose(ways, read)
			return fields, line, atLine(line, err)
		}
		text, err = o.text()
		if errors.Is(err, io.EOF) || errors.Is(err, errRecord) { // check: import-open-quote
			fields, err = o.choose(ways, read)
		}
		if err != nil || fields != nil {
			return fields, line, atLine(line, err)
		}
	}
}

// text returns the next line with its line break, which the last one may lack, or io.EOF.
func (o *outfile) text() (text string, err error) {
	if len(o.behind) > 0 {
		text, o.behind = o.behind[0], o.behind[1:]
	} else {
		text, err = o.in.ReadString('\n')
		text, o.begun = o.begun+text, ""
		if errors.Is(err, io.EOF) && text != "" {
			text, err = text+"\n", nil
		}
	}
	if err != nil {
		// The bound of a record may be in the middle of a line. If the record has ended before, the line is read on.
		o.begun = text // check: import-line-whole
		return "", err
	}
	o.lines++
	return text, nil
}

// atLine adds the line of a record to an error, except to io.EOF.
func atLine(line int64, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// choose returns the record of the way that has as many values as there are columns, and leaves the lines behind it for
// the next record.
func (o *outfile) choose(ways []scan, read []string) ([]string, error) {
	var right *scan
	var possible []bool
	for i := range ways {
		w := &ways[i]
		if w.state != whole || o.width != 0 && len(w.fields) != o.width {
			continue
		}
		if right != nil && right.lines != w.lines { // check: import-two-ways
			return nil, errWays
		}
		possible = append(possible, w.escapes)
		if right == nil {
			right = w
		}
	}
	if right == nil {
		return o.narrow(ways, read)
	}
	o.escapes, o.width = possible, len(right.fields)
	o.back(read[right.lines:])
	return right.fields, nil
}

// back leaves lines for the next record.
func (o *outfile) back(lines []string) {
	if len(lines) == 0 {
		return // most records; thousands of lines may wait, and would be copied for each of them
	}
	o.behind = append(slices.Clip(lines), o.behind...)
	o.lines -= int64(len(lines))
}

// narrow returns a record that has more or fewer values than columns, so that the row is refused. One of several lines
// may have taken rows into a value, and is an error.
func (o *outfile) narrow(ways []scan, read []string) ([]string, error) {
	for i := range ways {
		if ways[i].state != whole {
			continue
		}
		if ways[i].lines > 1 || len(read) > 1 { // check: import-lines
			return nil, errWidth
		}
		return ways[i].fields, nil
	}
	return nil, errMark
}

// The states of a scan between two characters.
const (
	begun  = iota // at the first character of a value
	plain         // in a value without quotation marks around it
	quoted        // in a value with them
	closed        // behind a mark that ends the value, or is the first of two
	whole         // behind the record
	wrong         // the text is not a record
)

// scan reads one record in one way.
type scan struct {
	escapes bool // whether a backslash escapes
	state   int
	lines   int // of the record so far
	fields  []string
	value   []byte // of the field that is being read
}

// open reports whether the record has a further line.
func (s *scan) open() bool { return s.state != whole && s.state != wrong }

// add reads a line with its line break. It does nothing behind the record.
func (s *scan) add(text string) {
	if s.open() {
		s.lines++
	}
	for i := 0; i < len(text) && s.open(); i++ {
		b := text[i]
		// A carriage return belongs to the line break behind it, unless both are in a value.
		if b == '\r' && i == len(text)-2 && s.state != quoted {
			continue
		}
		switch {
		case s.escapes && b == '\\' && s.state != closed:
			i++
			s.escaped(text[i])
		case s.state == begun && b == '"':
			s.state = quoted
		case s.state == quoted && b == '"':
			s.state = closed
		case s.state == closed && b == '"':
			s.value, s.state = append(s.value, b), quoted
		case s.state == quoted:
			s.value = append(s.value, b)
		case b == ',':
			s.end(begun)
		case b == '\n':
			s.end(whole)
		case s.state == closed || b == '"' && !s.escapes:
			s.state = wrong
		default:
			s.value, s.state = append(s.value, b), plain
		}
	}
}

// escaped adds the character behind a backslash.
func (s *scan) escaped(b byte) {
	// A value may begin with one. A line always has a character behind it, at least its line break.
	if s.state == begun {
		s.state = plain
	}
	switch b {
	case '\\', '"', ',', '\n', '\r':
		s.value = append(s.value, b)
	case '0':
		s.value = append(s.value, 0)
	case 'N': // NULL
		s.value = append(s.value, '\\', b)
	default:
		// MySQL escapes nothing else, so this backslash is a character.
		s.state = wrong
	}
}

// end ends a value.
func (s *scan) end(state int) {
	s.fields, s.value, s.state = append(s.fields, string(s.value)), s.value[:0], state
}
