package source

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxLine bounds a line, in bytes. The longest line of an export has about 40 KiB.
const maxLine = 256 << 10

// The errors of a file. None of them has a part of the file, which has hashes of passwords.
var (
	ErrFormat  = fmt.Errorf("the first line is not that of a file of users: format %s, version %d", Format, Version)
	ErrCutOff  = errors.New("the file has no last line: it is cut off. The rows before the cut are imported")
	ErrCount   = errors.New("the last line has another number of users than the file")
	ErrBehind  = errors.New("the file has lines after its last one")
	ErrNoLines = errors.New("the file is empty")
)

// reader reads the lines of a file.
type reader struct {
	// The buffer holds the longest line.
	in    *bufio.Reader
	line  int64 // the number of the line that was read last, from 1
	users int64 // lines of users so far, malformed ones included
	held  bool  // an export of Enroll
}

// Record is a line: a group or a user. Wrong says why it can be neither.
type Record struct {
	Line int64 // or the number of the row, where a format has no lines
	// Exactly one of these two is set.
	Group *Group
	User  *User
	Wrong string
	Left  []string // notes about what was left out
	// Held says that the user could log in to Enroll: an export has written the line.
	Held bool
}

// loses notes what Enroll cannot keep of a user, once, if there is any of it.
func (r *Record) loses(any bool, note string) {
	// A user may have several logins by other providers.
	if any && !slices.Contains(r.Left, note) {
		r.Left = append(r.Left, note)
	}
}

// vouched leaves the phone out unless it is verified by the source, or by the operator. Enroll logs the owner of a
// phone in: otherwise a stranger could have prepared an account for the phone of another person, and would share it.
func (r *Record) vouched(verified bool) {
	// The holder of a right phone can add it again after a login.
	if r.User.Phone != "" && !verified { // check: import-phones
		r.User.Phone = ""
		r.loses(true, notePhone)
	}
}

// newReader reads the first line.
func newReader(in io.Reader) (*reader, error) {
	// A larger buffer than a page of the disk also saves system calls.
	r := &reader{in: bufio.NewReaderSize(in, maxLine)}
	// The first line says what the file is, so nothing is stored of a file that is another one.
	text, err := r.text()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrNoLines
	case err != nil && !errors.Is(err, bufio.ErrBufferFull):
		return nil, err
	}
	// Some editors begin a file with a byte order mark.
	var first Header
	if json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &first) != nil ||
		first != (Header{KindHeader, Format, Version, first.Export}) {
		return nil, ErrFormat
	}
	r.held = first.Export
	return r, nil
}

// text returns the next line, which is valid until the next call. It returns bufio.ErrBufferFull for a line that is
// too long, whose rest it skips, and io.EOF after the last one.
func (r *reader) text() ([]byte, error) {
	// ReadSlice copies nothing and bounds the line by the buffer.
	text, err := r.in.ReadSlice('\n')
	r.line++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		// The rest is skipped in pieces, so that a file without line breaks costs no memory.
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.in.ReadSlice('\n')
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = bufio.ErrBufferFull
		}
		return nil, err
	case errors.Is(err, io.EOF) && len(text) > 0: // the last line may lack its line break
		return text, nil
	}
	return text, err
}

// Next returns the next group or user, or io.EOF after the last line.
func (r *reader) Next() (Record, error) {
	// The kinds of errors differ: a bad line is reported and passed over, a bad file ends the import.
	text, err := r.text()
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		r.users++
		return Record{Line: r.line, User: new(User), Wrong: "line_too_long"}, nil
	case errors.Is(err, io.EOF):
		return Record{}, ErrCutOff
	case err != nil:
		return Record{}, fmt.Errorf("read: %w", err)
	}
	// The kind is read first, because the members of the kinds differ.
	var kind struct {
		Kind string `json:"kind"`
	}
	// Unmarshal, unlike the decoder below, fails if text follows the object.
	whole := json.Unmarshal(text, &kind) == nil
	switch kind.Kind {
	// A group is reported as a row of its own.
	case KindGroup:
		g := new(Group)
		return Record{Line: r.line, Group: g, Wrong: decode(text, g)}, nil
	case KindEnd:
		return Record{}, r.ended(text)
	}
	r.users++
	// Each row gets a value of its own: a batch keeps the rows of many lines.
	u := new(User)
	wrong := decode(text, u)
	switch {
	case !whole:
		wrong = "malformed"
	case wrong == "" && kind.Kind != KindUser:
		wrong = "kind: malformed"
	}
	return Record{Line: r.line, User: u, Wrong: wrong, Held: r.held}, nil
}

// ended checks the last line. It returns io.EOF if all is well.
func (r *reader) ended(text []byte) error {
	// A lost or doubled line would otherwise pass unnoticed.
	last := End{}
	if decode(text, &last) != "" || last.Users != r.users {
		return ErrCount
	}
	if _, err := r.text(); !errors.Is(err, io.EOF) {
		return ErrBehind
	}
	return io.EOF
}

// decode reads a line, and returns why it cannot be read, "" if it can. Unknown members are refused: a misspelled name
// would silently lose a value. The error of encoding/json may quote the line, so only the name of a known member
// is taken from it.
func decode(text []byte, into any) (wrong string) {
	// json.Unmarshal has no switch for this.
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var typ *json.UnmarshalTypeError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &typ) && typ.Field != "":
		return typ.Field + ": malformed"
	case errors.Is(err, errSourceID):
		return "id: malformed"
	}
	return "malformed"
}
