package source

import (
	"slices"
	"strings"
	"time"
)

// malformed notes a column whose value cannot be read, unless an earlier one is noted.
func (r *cells) malformed(column string) {
	// One note is enough: the row is refused.
	if r.wrong == "" {
		r.wrong = column + ": malformed"
	}
}

// nulls empties the values that stand for NULL. A row with more or fewer values than columns is malformed: its values
// may stand under wrong names.
func (r *cells) nulls(words ...string) {
	if len(r.fields) != r.width {
		r.wrong = "malformed"
	}
	for i, field := range r.fields {
		if slices.Contains(words, field) {
			r.fields[i] = ""
		}
	}
}

// id returns the id of a row, which is bounded as in the format of Enroll.
func (r *cells) id(column string) ID {
	// The constraint of the table would refuse a longer one without a name that people understand.
	text := r.text(column)
	if len(text) > maxSourceID {
		r.malformed(column)
		return ""
	}
	return ID(text)
}

// moment returns a time as PostgreSQL writes it, nil for NULL. Infinity is the end of the year 9999.
func (r *cells) moment(column string) *time.Time {
	text := r.text(column)
	switch text {
	case "":
		return nil
	case "infinity":
		return new(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	}
	// The offset has minutes only where it needs them. A time without an offset could be of any zone.
	for _, layout := range []string{time.DateTime + "Z07:00", time.DateTime + "Z07", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return &at
		}
	}
	r.malformed(column)
	return nil
}

// boolean returns a truth value as PostgreSQL writes it, false for NULL.
func (r *cells) boolean(column string) bool {
	// psql writes a letter, and the dashboard a word.
	switch strings.ToLower(r.text(column)) {
	case "t", "true":
		return true
	case "f", "false", "":
		return false
	}
	r.malformed(column)
	return false
}
