package transfer_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

var anqicmsRows = flag.Int("anqicms", 3000, "rows of the table that TestAnqicmsMany makes")

// anqicmsColumns are the columns of the generated table, in the order of a row.
const anqicmsColumns = "id,created_time,deleted_at,parent_id,user_name,real_name,introduce,email,phone,group_id," +
	"password,status,invite_code"

// null is the value that is written as NULL.
const null = "\x00null"

// anqicmsTable returns the rows of a table of AnQiCMS with all its oddities, and whether each is imported: "in", "out",
// or "" if that depends on other rows.
func anqicmsTable(n int) (rows [][]string, want []string) {
	r := rand.New(rand.NewPCG(14, uint64(n))) //nolint:gosec // a seed that can be repeated
	texts := []string{
		"", null, `say "hi"`, `C:\dir\`, "two\nlines", "it's; DROP", "a,b", "😀 emoji", "\\N", `\"`, "NULL", "\r\n",
	}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	for i := range n {
		id := strconv.Itoa(i + 1)
		row := []string{id, strconv.Itoa(1_600_000_000 + i), null, strconv.Itoa(r.IntN(i + 2)), "user" + id + "x",
			pick(texts), pick(texts), "u" + id + "@example.com", null, strconv.Itoa(r.IntN(5)), bcrypt, "1",
			strconv.FormatInt(int64(i+1), 36)}
		in := "in"
		switch r.IntN(20) {
		case 0: // of another row, which may be one that is refused
			row[4], in = "user"+strconv.Itoa(1+r.IntN(n))+"x", ""
		case 1:
			row[7] = "u" + strconv.Itoa(1+r.IntN(n)) + "@example.com"
		case 2:
			row[10], in = null, "out"
		case 3:
			row[11] = pick([]string{"0", "-1"})
		case 4:
			row[11], in = "7", "out"
		case 5:
			row[2], in = "2020-01-01 00:00:00", "out"
		case 6:
			row[8] = "138" + fmt.Sprintf("%08d", r.IntN(n))
		case 7:
			row[10], in = "5f4dcc3b5aa765d61d8327deb882cf99", "out"
		case 8:
			row[4], in = pick([]string{"😀", "admin", "a b", null, `q"q`, `b\s`}), "out"
		case 9: // the id of another row
			row[0], in = strconv.Itoa(1+r.IntN(n)), ""
		}
		rows, want = append(rows, row), append(want, in)
	}
	return rows, want
}

// anqicmsDump returns the rows as mysqldump writes them, with groups.
func anqicmsDump(rows [][]string) string {
	escape := strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, `"`, `\"`)
	var b strings.Builder
	b.WriteString("-- MySQL dump 10.13\nINSERT INTO `user_groups` (`id`, `title`) VALUES (1,'One'),(3,'Drei \"3\"');\n")
	for i, row := range rows {
		if i%100 == 0 {
			b.WriteString("INSERT INTO `users` (`" + strings.ReplaceAll(anqicmsColumns, ",", "`, `") + "`) VALUES\n")
		}
		values := make([]string, len(row))
		for k, value := range row {
			values[k] = "'" + escape.Replace(value) + "'"
			if value == null {
				values[k] = "NULL"
			}
		}
		b.WriteString("(" + strings.Join(values, ",") + ")")
		b.WriteString(map[bool]string{true: ";\n", false: ",\n"}[i%100 == 99 || i == len(rows)-1])
	}
	return b.String() + "-- Dump completed\n"
}

// anqicmsCSV returns the rows as INTO OUTFILE of MySQL writes them, or by RFC 4180.
func anqicmsCSV(rows [][]string, escape *strings.Replacer) string {
	var b strings.Builder
	b.WriteString(anqicmsColumns + "\n")
	for _, row := range rows {
		for k, value := range row {
			if k > 0 {
				b.WriteString(",")
			}
			if value == null {
				b.WriteString(`\N`)
				continue
			}
			b.WriteString(`"` + escape.Replace(value) + `"`)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestAnqicmsMany: of a generated table with all that AnQiCMS allows, each row has its line in the report, each user
// with a good row is imported, and a repetition changes nothing. With -v and -anqicms 100000 it shows the speed.
func TestAnqicmsMany(t *testing.T) {
	t.Parallel()
	rows, want := anqicmsTable(*anqicmsRows)
	for name, file := range map[string]string{
		"dump":    anqicmsDump(rows),
		"outfile": anqicmsCSV(rows, strings.NewReplacer(`\`, `\\`, `"`, `\"`)),
		"doubled": anqicmsCSV(rows, strings.NewReplacer(`"`, `""`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			from := func(c *transfer.ImportConfig) { c.From = source.FromAnQiCMS }
			began := time.Now()
			counts, report := d.load(file, from)
			t.Logf("%.0f rows a second: %+v", float64(counts.Rows)/time.Since(began).Seconds(), counts)
			users := report[:0:0]
			for _, one := range report {
				if one.Kind == source.KindUser {
					users = append(users, one)
				}
			}
			if counts.Rows != int64(len(rows)) || len(users) != len(rows) || counts.Present != 0 ||
				counts.Imported+counts.Changed+counts.Refused != counts.Rows ||
				d.count("users") != int(counts.Imported+counts.Changed) {
				t.Fatalf("%+v, %d lines, %d users of %d rows", counts, len(users), d.count("users"), len(rows))
			}
			taken := 0
			for i, one := range users {
				in := one.Result != "refused"
				// The row of another user may have had the id or the name first.
				text := one.text()
				if strings.Contains(text, "id: repeated") || strings.Contains(text, "user_name_taken") {
					taken++
				} else if want[i] != "" && in != (want[i] == "in") {
					t.Errorf("row %d, %q: %s", i+1, rows[i], text)
				}
				if fmt.Sprint(one.ID) != rows[i][0] {
					t.Fatalf("row %d has the id %v, want %s", i+1, one.ID, rows[i][0])
				}
			}
			if taken > len(rows)/5 {
				t.Errorf("%d ids and names of other rows", taken)
			}
			was := d.export(0)
			again, _ := d.load(file, from)
			if again.Imported+again.Changed != 0 || again.Present != counts.Imported+counts.Changed ||
				again.Refused != counts.Refused || d.export(0) != was {
				t.Errorf("the second import: %+v, the first: %+v", again, counts)
			}
		})
	}
}
