package source

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spelled returns values as MySQL's INTO OUTFILE writes them, with a backslash before what it escapes.
func spelled(values []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x00", `\0`)
	fields := make([]string, len(values))
	for i, value := range values {
		fields[i] = `"` + escape.Replace(value) + `"`
	}
	return strings.Join(fields, ",") + "\n"
}

// bare returns values as INTO OUTFILE writes them without ENCLOSED BY.
func bare(values []string) string {
	// It does not escape quotation marks then. One at the beginning of a value would be taken for one around it.
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, "\n", "\\\n", "\x00", `\0`, `"`, "'")
	fields := make([]string, len(values))
	for i, value := range values {
		fields[i] = escape.Replace(value)
	}
	return strings.Join(fields, ",") + "\n"
}

// doubled returns values by RFC 4180.
func doubled(values []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(values)
	w.Flush()
	return b.String()
}

// read returns the rows of a file, and the error that ends it, nil for its end.
func read(text string, mysql bool) (rows [][]string, lines []int64, err error) {
	t, err := newTable(strings.NewReader(text), mysql)
	for err == nil {
		var row cells
		var line int64
		if row, line, err = t.next(); err == nil {
			rows, lines = append(rows, slices.Clone(row.fields)), append(lines, line)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, lines, err
}

// TestOutfile: a quotation mark that is escaped by a backslash takes no further row into its value, and what cannot be
// read ends the file at its line.
func TestOutfile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, rows, err string }{
		{"1,\"Bob \\\"the man\\\"\",x\n2,\"Al\",y\n", `[[1 Bob "the man" x] [2 Al y]]`, ""},
		{"1,\"Bob \\\"\",x\n2,\"Al\",y\n", `[[1 Bob " x] [2 Al y]]`, ""},
		{"1,\"\\\"\",\"\"\n2,\"Al\",\"\"\n", `[[1 " ] [2 Al ]]`, ""},
		{"1,\"C:\\\",x\n2,\"Al\",\"y\\\\\"\n", `[[1 C:\ x] [2 Al y\\]]`, ""},
		{"1,\"C:\\dir\",\"a\\\\b\"\n", `[[1 C:\dir a\\b]]`, ""},
		{"1,\"say \"\"hi\"\"\",x\n", `[[1 say "hi" x]]`, ""},
		{"1,5'10\" tall,\\N\n", `[[1 5'10" tall \N]]`, ""},
		{"1,two\\\nlines,a\\,b\r\n\n2,x,y", "[[1 two\nlines a,b] [2 x y]]", ""},
		{"1,\"two\r\nlines\",\"b\"\r\n", "[[1 two\r\nlines b]]", ""},
		// A short row is left to the import, which refuses it, and the next row is read.
		{"1,x\n2,\"Al\",y,z\n3,b,c\n", "[[1 x] [2 Al y z] [3 b c]]", ""},
		{"1,a,b\n2,\"Al,y\n3,b,c\n", "[[1 a b]]", "line 3: " + errMark.Error()},
		{"1,a,b\n2,\"Al,y\n3,\"b\",c\n", "[[1 a b]]", "line 3: " + errMark.Error()},
		{"1,a,b\n2,\"Al\"y,c\n3,b,c\n", "[[1 a b]]", "line 3: " + errMark.Error()},
		{"1,\"a\n2,\"\n3,b,c\n", "[]", "line 2: " + errWidth.Error()},
	} {
		rows, _, err := read("id,name,\"other\"\n"+c.text, true)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got := fmt.Sprint(rows); got != c.rows || message != c.err {
			t.Errorf("%q: %q, %q", c.text, got, message)
		}
	}
}

// rowsOf returns the values of some rows, with all that makes CSV hard.
func rowsOf(r *rand.Rand) [][]string {
	parts := []string{`"`, `\`, ",", "\n", "a", "b", `\"`, `""`, `",`, "\\N", "é", "\r\n", "\x00", "", " "}
	rows := make([][]string, 1+r.IntN(8))
	for i := range rows {
		rows[i] = []string{fmt.Sprint(i + 1), "", "", "x"}
		for n := range r.IntN(12) {
			rows[i][1+n%2] += parts[r.IntN(len(parts))]
		}
	}
	return rows
}

// TestTablesLoseNoRow: each file that a program writes is read with all its rows, or not to its end. The latter is left
// to files in which a backslash has two meanings.
func TestTablesLoseNoRow(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a seed that can be repeated
	refused := 0
	for range 2_000 {
		rows := rowsOf(r)
		for name, write := range map[string]func([]string) string{"escaped": spelled, "bare": bare, "doubled": doubled} {
			text := "id,name,other,last\n"
			for _, row := range rows {
				text += write(row)
			}
			got, _, err := read(text, true)
			switch {
			case errors.Is(err, errWays):
				refused++
			case err != nil || len(got) != len(rows):
				t.Fatalf("%s: %q: %v, %d rows of %d: %q", name, text, err, len(got), len(rows), got)
			case name == "escaped" && fmt.Sprint(got) != fmt.Sprint(rows):
				t.Fatalf("%s: %q: %q, want %q", name, text, got, rows)
			}
			if name != "doubled" {
				continue
			}
			if got, _, err = read(text, false); err != nil || len(got) != len(rows) {
				t.Fatalf("%q: %v, %d rows of %d: %q", text, err, len(got), len(rows), got)
			}
		}
	}
	if refused > 300 {
		t.Errorf("%d files were refused", refused)
	}
}

// TestBoundInALine: a value ends in a backslash, so that one of the two ways reads on up to the bound of a record,
// which is in the middle of a line. The other way is right, and that line is read whole.
func TestBoundInALine(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,user_name,note\n1,\"a,C:\\\",x\n")
	want := [][]string{{"1", `a,C:\`, "x"}}
	for n := 2; text.Len() < 2*maxRecord; n++ {
		row := []string{strconv.Itoa(10_000_000 + n), "user" + strconv.Itoa(n), "y"}
		text.WriteString(strings.Join(row, ",") + "\n")
		want = append(want, row)
	}
	rows, _, err := read(text.String(), true)
	if err != nil || len(rows) != len(want) {
		t.Fatalf("%d rows of %d, %v", len(rows), len(want), err)
	}
	for i, row := range rows {
		if !slices.Equal(row, want[i]) {
			t.Fatalf("row %d: %q, want %q", i+1, row, want[i])
		}
	}
}

// TestTablesWithoutMark: if a file lacks one quotation mark, it is not read to its end, or has a row with another
// number of values, or has all its rows.
func TestTablesWithoutMark(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a seed that can be repeated
	damaged := 0
	for range 2_000 {
		rows := rowsOf(r)
		for name, write := range map[string]func([]string) string{"escaped": spelled, "doubled": doubled} {
			text := ""
			for _, row := range rows {
				text += write(row)
			}
			marks := strings.Count(text, `"`)
			if marks == 0 {
				continue
			}
			at := 0
			for range 1 + r.IntN(marks) {
				at += strings.IndexByte(text[at:], '"') + 1
			}
			text = "id,name,other,last\n" + text[:at-1] + text[at:]
			for _, mysql := range []bool{true, false} {
				if name == "escaped" && !mysql {
					continue
				}
				damaged++
				got, _, err := read(text, mysql)
				odd := slices.ContainsFunc(got, func(row []string) bool { return len(row) != 4 })
				if err == nil && len(got) < len(rows) && !odd {
					t.Errorf("%s, %v: %q: %d rows of %d: %q", name, mysql, text, len(got), len(rows), got)
				}
			}
		}
	}
	if damaged < 2_000 {
		t.Errorf("only %d files", damaged)
	}
}
