package transfer_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// oddities are rows of AnQiCMS with all that its table allows: users that are blocked, waiting or deleted, without a
// password, with blanks, with what is not an email or phone, and with one name or email for two users.
const oddities = "\ufeffid,created_time,updated_time,deleted_at,parent_id,user_name,real_name,avatar_url,introduce," +
	`email,phone,group_id,password,status,is_retailer,balance,total_reward,invite_code,last_login,expire_time,company
1,1600000000,1600000001,\N,0, alice ,"A, ""B""",/uploads/a.png,"two
lines",a@example.com,13800138001,7,HASH,1,1,12,34,AB12,1600000002,1900000000,Acme
2,1600000000,0,NULL,1,bob,,,,a@example.com,,0,HASH,0,0,0,0,,0,0,
3,1600000000,0,,2,Alice,,,,c@example.com,13800138003,0,HASH,1,0,0,0,,0,0,
4,1600000000,0,,1,carol,,,,x,abc13800138000,0,HASH,-1,0,0,0,,0,0,
5,1600000000,0,2020-01-01 00:00:00,0,dave,,,,,,0,HASH,1,0,0,0,,0,0,
6,1600000000,0,,0,wechat,,,,,13800138006,0,,1,0,0,0,,0,0,
7,1600000000,0,,0,erin,,,,,,0,5f4dcc3b5aa765d61d8327deb882cf99,1,0,0,0,,0,0,
8,1600000000,0,,0,frank,,,,,,0,HASH,2,0,0,0,,0,0,
9,soon,0,,0,grace,,,,,,0,HASH,1,0,0,0,,0,0,
10,1600000000,0,,0,张三,,,,,,9,HASH,1,0,0,0,,0,0,
`

// TestImportAnqicms: the values of a row mean what they mean in AnQiCMS. Phones are kept if the operator vouches for
// them. What the table allows and a registration does not is left out and noted.
func TestImportAnqicms(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.exec("INSERT INTO groups VALUES (1, 7, 'seven', '', 1)")
	for _, c := range []struct {
		phones bool
		want   []string
		where  []string
	}{
		{false, []string{
			"changed; phone: not verified", "changed; email: email_taken",
			"refused; phone: not verified; user_name: user_name_taken; row: identifier_needed",
			"changed; phone: not verified; email: email_invalid", "refused; deleted",
			"refused; phone: not verified; row: identifier_needed", "refused; password_hash: unknown",
			"refused; status: malformed", "refused; created_time: malformed", "changed; group_id: group_unknown",
		}, []string{
			`id = 1 AND user_name = 'alice' AND real_name = 'A, "B"' AND introduce = E'two\nlines' AND group_id = 7 AND
				email_verified_at IS NULL AND phone IS NULL AND status = 1 AND is_retailer AND balance = 12 AND
				total_reward = 34 AND invite_code = 'ab12' AND created_at = to_timestamp(1600000000) AND
				updated_at = to_timestamp(1600000001) AND last_login_at = to_timestamp(1600000002) AND
				expires_at = to_timestamp(1900000000) AND password_hash = '` + bcrypt + `'`,
			"id = 2 AND status = 0 AND waiting AND parent_id = 1 AND email IS NULL AND group_id = 2 AND expires_at IS NULL",
			"id = 4 AND status = 0 AND NOT waiting AND parent_id = 1", "id = 10 AND user_name = '张三'",
		}},
		{true, []string{
			"present", "present", "changed; user_name: user_name_taken", "present", "refused; deleted", "imported",
			"refused; password_hash: unknown", "refused; status: malformed", "refused; created_time: malformed", "present",
		}, []string{
			"id = 3 AND phone = '+8613800138003' AND user_name IS NULL AND parent_id = 2",
			"id = 6 AND phone = '+8613800138006' AND password_hash IS NULL AND user_name = 'wechat'",
		}},
	} {
		_, report := d.load(strings.ReplaceAll(oddities, "HASH", bcrypt), func(i *transfer.ImportConfig) {
			i.From, i.Source, i.Reading.Phones = source.FromAnQiCMS, "anqicms", c.phones
		})
		for i, one := range report {
			if one.text() != c.want[i] {
				t.Errorf("line %d: %q, want %q", one.Line, one.text(), c.want[i])
			}
		}
		for _, where := range c.where {
			if d.count("users WHERE "+where) != 1 {
				t.Errorf("no user with %s", where)
			}
		}
	}
}

// TestImportAnqicmsOutfile: of a file that MySQL's INTO OUTFILE has written, each row has its line in the report: a
// quotation mark that is escaped takes no further row, and a row with other columns is refused.
func TestImportAnqicmsOutfile(t *testing.T) {
	t.Parallel()
	const outfile = `"id","user_name","introduce","password","status"
1,"alice","Alice \"the\\one\"","HASH",1
2,"bob","\"","HASH",1
3,"carol",\N,"HASH",1
4,"dave","HASH",1
5,"erin","x","HASH",1,1
6,"frank","two
lines","HASH",1
`
	d := open(t)
	d.twice(strings.ReplaceAll(outfile, "HASH", bcrypt), func(i *transfer.ImportConfig) {
		i.From, i.Source = source.FromAnQiCMS, "anqicms"
	}, []string{"imported", "imported", "imported", "refused; malformed", "refused; malformed", "imported"}, []string{
		`id = 1 AND introduce = E'Alice "the\\one"'`, `id = 2 AND introduce = '"'`, "id = 3 AND introduce = ''",
		`id = 6 AND introduce = E'two\nlines'`,
	})
}

// TestImportAnqicmsDump reads a dump that mariadb-dump wrote of a database with the tables of AnQiCMS. Its groups are
// made on the site of the command. A group that is marked as deleted is not, and its users get the default group.
func TestImportAnqicmsDump(t *testing.T) {
	t.Parallel()
	d := open(t)
	dump, err := os.ReadFile("source/mysqldump/testdata/mariadb-dump.sql")
	d.fatal(err)
	counts, report := d.load(strings.ReplaceAll(string(dump), "HASH", bcrypt), func(i *transfer.ImportConfig) {
		i.From, i.Source, i.Site = source.FromAnQiCMS, "anqicms", 2
	})
	want := []string{
		"group 1 imported", "group 2 imported", "group 3 refused; deleted",
		"user 1 changed; phone: not verified", "user 2 changed; email: email_taken",
		"user 3 refused; phone: not verified; user_name: user_name_taken; row: identifier_needed",
		"user 4 changed; phone: not verified; email: email_invalid", "user 5 refused; deleted",
		"user 6 refused; phone: not verified; row: identifier_needed", "user 7 refused; password_hash: unknown",
		"user 8 refused; status: malformed", "user 9 imported", "user 10 changed; group_id: group_unknown",
	}
	for i, one := range report {
		if got := fmt.Sprintf("%s %d %s", one.Kind, one.Line, one.text()); i >= len(want) || got != want[i] {
			t.Errorf("%q, want %q", got, want[min(i, len(want)-1)])
		}
	}
	if len(report) != len(want) || counts.Groups != 2 {
		t.Errorf("%d rows, %+v", len(report), counts)
	}
	for _, where := range []string{
		`groups WHERE site_id = 2 AND id = 2 AND title = '会员 "gold"' AND description = 'it''s gold' AND level = 2`,
		"groups WHERE site_id = 2 AND id = 1 AND title = 'Members'",
		`users WHERE site_id = 2 AND id = 1 AND user_name = 'alice' AND real_name = 'A, "B"; it''s' AND balance = 12 AND
			introduce = E'two\nlines\ttab \\ back' AND group_id = 1 AND password_hash = '` + bcrypt + `'`,
		`users WHERE id = 2 AND real_name = 'NULL' AND introduce = '\N' AND parent_id = 1 AND waiting`,
		"users WHERE id = 10 AND user_name = '张三' AND group_id = 2",
		"users WHERE id = 11 AND user_name = 'lisi' AND group_id = 2", // the default group of the test
	} {
		if d.count(where) != 1 {
			t.Errorf("none of %s", where)
		}
	}
}

// TestImportAnqicmsOrder: phpMyAdmin writes the users before their groups. A file is read twice for that, also one that
// is cut off, and a pipe in this order is refused.
func TestImportAnqicmsOrder(t *testing.T) {
	t.Parallel()
	const users, groups = "INSERT INTO `users` (`id`, `user_name`, `password`, `status`, `group_id`) VALUES\n" +
		"(1, 'alice', '" + bcrypt + "', 1, 3);\n", "INSERT INTO `user_groups` (`id`, `title`) VALUES (3, 'Gold');\n"
	for dump, want := range map[string]string{
		"-- phpMyAdmin SQL Dump\n" + users + groups + "COMMIT;\n": "",
		"-- MySQL dump 10.13\n" + users + groups:                  "the dump is cut off",
	} {
		d := open(t)
		c := d.config(nil)
		c.From = source.FromAnQiCMS
		_, err := transfer.Import(t.Context(), c, strings.NewReader(dump))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
		if d.count("users WHERE user_name = 'alice' AND group_id = 3") != 1 {
			t.Error("the user has another group")
		}
		d = open(t)
		c.Pool = d.pool
		_, err = transfer.Import(t.Context(), c, io.MultiReader(strings.NewReader(dump)))
		if err == nil || !strings.Contains(err.Error(), "behind its users") {
			t.Errorf("a pipe: %v", err)
		}
	}
}

// TestImportAnqicmsFiles: a file without the columns is refused, and an error quotes nothing of a file. A quotation
// mark without its partner ends the import before it has read the rest.
func TestImportAnqicmsFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	for content, want := range map[string]string{
		"": "the file is empty",
		"-- MySQL dump 10.13\nCREATE TABLE a (b int);\n-- Dump completed": "dump the database of AnQiCMS",
		"PK\x03\x04hush": "unpack it",
		"\ufeff\nINSERT INTO `users` (`hush`) VALUES (1);":             source.ErrColumns.Error(),
		"insert into users (id, user_name, password) values (1, 'hush": "line 1: the dump is cut off",
		"id,user_name\n":  source.ErrColumns.Error(),
		"kind;id;other\n": source.ErrColumns.Error(),
		"id,user_name,password\n1,hush," + bcrypt + "\n2,\"hush" + strings.Repeat("hush,\n", 1<<19): "no partner",
	} {
		c := d.config(nil)
		c.From = source.FromAnQiCMS
		_, err := transfer.Import(t.Context(), c, strings.NewReader(content))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%.20q: %v", content, err)
		}
	}
	c := d.config(nil)
	c.From = "xml"
	if _, err := transfer.Import(t.Context(), c, strings.NewReader("")); !errors.Is(err, source.ErrFrom) {
		t.Error(err)
	}
}
