package mysqldump

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// kind is a kind of tokens. The quotation marks of a token are lost with its text, so the kind says what they were: a
// text 'NULL' is not NULL, and a column `key` is not a KEY. A number is a word: nothing here depends on the difference,
// since only literals stand where a number may.
type kind int

// The kinds of tokens.
const (
	kindPunctuation kind = iota // one character
	kindWord                    // a keyword, a name without quotation marks, or a number
	kindName                    // a name in backticks
	kindText                    // a text in quotation marks
)

// token is a token. Its text is without quotation marks and escapes.
type token struct {
	kind kind
	text string
}

// is reports whether a token is this keyword or this punctuation. A name or a text is neither.
func (t token) is(s string) bool {
	return (t.kind == kindWord || t.kind == kindPunctuation) && strings.EqualFold(t.text, s)
}

// scanner splits a file into tokens, by the chapter "Language Structure" of MySQL's manual. The quotation mark " is one
// of texts, as in MySQL without the mode ANSI_QUOTES.
type scanner struct {
	in   *bufio.Reader
	line int // of the byte that was read last, from 1
	held int // bytes of tokens since the statement or the row has begun
	// skipping says that the texts of tokens are not wanted. They are then neither kept nor counted.
	// A gigabyte of articles then costs time and no memory.
	skipping bool
	// cut says that the program that wrote the file announced itself, and has not said yet that it is done.
	cut bool
}

// done begins the last comment of mysqldump and mariadb-dump. The other programs write none.
const done = " Dump completed"

// read returns the next byte.
func (s *scanner) read() (byte, error) {
	// Line breaks within texts count, too, as in an editor.
	b, err := s.in.ReadByte()
	if b == '\n' && err == nil {
		s.line++
	}
	return b, err
}

// follows reports whether the next byte is this one, and reads it then. At the end of the file nothing follows.
func (s *scanner) follows(want byte) bool {
	// An error comes again with the next read.
	next, err := s.in.Peek(1)
	if err != nil || next[0] != want {
		return false
	}
	_, err = s.read()
	return err == nil
}

// next returns the next token. It returns io.EOF at the end of the file between two tokens, and ErrCutOff at an end
// within one, or within a comment.
func (s *scanner) next() (token, error) {
	for {
		b, err := s.read()
		if err != nil {
			return token{}, err
		}
		// A sign is a number's or a comment's, and a slash a comment's.
		switch b {
		case ' ', '\t', '\r', '\n', '\f':
		case '\'', '"':
			got, err := s.quoted(b)
			return token{kindText, got}, err
		case '`':
			got, err := s.quoted(b)
			return token{kindName, got}, err
		case '#':
			err = s.comment()
		case '-':
			if !s.follows('-') {
				return s.word(b)
			}
			err = s.comment()
		case '/':
			// A division is no literal. The reader says so.
			if !s.follows('*') {
				return token{kindPunctuation, "/"}, nil
			}
			err = s.block()
		default:
			if isWord(b) {
				return s.word(b)
			}
			return token{kindPunctuation, string(b)}, nil
		}
		if err != nil {
			return token{}, err
		}
	}
}

// isWord reports whether a byte can be a part of a word. A sign and a point are parts of numbers. All bytes of a
// character beyond ASCII are at least 0x80.
func isWord(b byte) bool {
	return b == '_' || b == '$' || b == '+' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' ||
		b >= 0x80
}

// word reads the rest of a word. In a number, a point and the sign of an exponent belong to it, and in a name they do
// not: a point there is between the names of a database and a table.
func (s *scanner) word(first byte) (token, error) {
	// 2 and .5 are numbers, and users.id is a name in two parts. No program writes .5.
	got, err := s.keep(nil, first)
	if err != nil {
		return token{}, err
	}
	// MySQL allows a name that begins with a digit. No table of AnQiCMS has one.
	number := first == '-' || first == '+' || first >= '0' && first <= '9'
	for {
		next, err := s.in.Peek(1)
		if errors.Is(err, io.EOF) {
			// No program ends a file with a word: NUL may be the beginning of NULL.
			return token{}, ErrCutOff
		}
		if err != nil {
			return token{}, err
		}
		b := next[0]
		// 1e-5, 1E+5
		sign := (b == '-' || b == '+') && (got[len(got)-1] == 'e' || got[len(got)-1] == 'E')
		if !isWord(b) && !(number && (b == '.' || sign)) || b == '+' && !sign {
			return token{kindWord, string(got)}, nil
		}
		if _, err := s.read(); err != nil {
			return token{}, err
		}
		if got, err = s.keep(got, b); err != nil {
			return token{}, err
		}
	}
}

// keep appends bytes of a token and counts them. The count is of the statement or row, and not of the token, so that a
// row of many values is bounded as well.
func (s *scanner) keep(got []byte, more ...byte) ([]byte, error) {
	// Nothing of a file is kept that is passed over.
	if s.skipping {
		return append(got[:0], more...), nil // the last byte is needed: a sign may follow it
	}
	s.held += len(more)
	if s.held > MaxRow {
		return nil, ErrLong
	}
	return append(got, more...), nil
}

// quoted reads a text or a name up to its quotation mark, which stands twice for itself. A backslash escapes in a text.
func (s *scanner) quoted(mark byte) (string, error) {
	// Escapes are those of MySQL without the mode NO_BACKSLASH_ESCAPES, which mysqldump switches off in its first lines.
	var got []byte
	for {
		b, err := s.read()
		more := []byte{b}
		switch {
		case err != nil:
		case b == mark && !s.follows(mark):
			return string(got), nil
		case b == '\\' && mark != '`':
			b, err = s.read()
			more = unescape(b)
		}
		if errors.Is(err, io.EOF) {
			err = ErrCutOff
		}
		if err == nil {
			got, err = s.keep(got, more...)
		}
		if err != nil {
			return "", err
		}
	}
}

// unescape returns the bytes that a backslash and a byte stand for, by the table "String Literals" of MySQL's manual. A
// backslash before % and _ stands for itself, because it is left to LIKE.
func unescape(b byte) []byte {
	// Any other byte stands for itself.
	switch at := strings.IndexByte("0bnrtZ", b); {
	case at >= 0:
		return []byte{"\x00\b\n\r\t\x1a"[at]}
	case b == '%' || b == '_':
		return []byte{'\\', b}
	}
	return []byte{b}
}

// comment passes over the rest of a line. It notes what mysqldump says of itself there: "-- MySQL dump 10.13 …" in its
// first lines, and "-- Dump completed on 2026-11-30" in the last one.
func (s *scanner) comment() error {
	// The program names itself at the beginning of the comment.
	begin, err := s.in.Peek(len(done))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(begin, []byte(" MySQL dump ")), bytes.HasPrefix(begin, []byte(" MariaDB dump ")):
		s.cut = true
	case bytes.HasPrefix(begin, []byte(done)):
		s.cut = false
	}
	for {
		b, err := s.read()
		if errors.Is(err, io.EOF) || b == '\n' {
			return nil // the next read meets the end again
		}
		if err != nil {
			return err
		}
	}
}

// block passes over a comment up to its end, also over one that MySQL executes: /*!40000 ALTER TABLE … */ changes how
// rows are stored, and /*!50003 CREATE TRIGGER … */ adds a trigger. Neither has rows.
func (s *scanner) block() error {
	// Comments are not nested. mysqldump writes no star and slash within one: it would end there for MySQL, too.
	for star := false; ; {
		b, err := s.read()
		switch {
		case errors.Is(err, io.EOF):
			return ErrCutOff
		case err != nil:
			return err
		case star && b == '/':
			return nil
		}
		star = b == '*'
	}
}

// program passes over what is between a DELIMITER with another mark than the semicolon and the next one with it:
// triggers and routines, whose bodies may have an INSERT of their own. It begins behind the first DELIMITER.
func (s *scanner) program() error {
	for before := "delimiter"; ; before = "" {
		line, err := s.in.ReadSlice('\n')
		// Of a line that is longer than the buffer, no part is DELIMITER with its mark.
		if err == nil {
			s.line++
		}
		fields := strings.Fields(before + " " + string(line))
		ends := len(fields) == 2 && strings.EqualFold(fields[0], "delimiter") && fields[1] == ";"
		switch {
		case ends:
			return nil
		case errors.Is(err, io.EOF):
			return ErrCutOff
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// unhex returns the bytes of hexadecimal digits. mysqldump writes binary columns so with --hex-blob.
func unhex(digits string) (string, error) {
	// The error of package hex has the digits.
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return "", ErrSyntax
	}
	return string(raw), nil
}
