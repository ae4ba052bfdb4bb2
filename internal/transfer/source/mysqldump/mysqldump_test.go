package mysqldump_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer/source/mysqldump"
)

// rowsOf reads all rows, and the error after the last one.
func rowsOf(in io.Reader, tables ...string) (rows []map[string]string, err error) {
	r := mysqldump.New(in, tables...)
	for {
		row, err := r.Next()
		if err != nil {
			return rows, err
		}
		values := map[string]string{"table": row.Table}
		for i, column := range row.Columns {
			values[column] = row.Values[i]
		}
		rows = append(rows, values)
	}
}

// TestDumps reads what mariadb-dump 10.11 wrote of one database: by default, and with --complete-insert
// --skip-extended-insert --hex-blob --routines --skip-comments. An INSERT of users in a text, in a trigger or in a
// procedure has no row.
func TestDumps(t *testing.T) {
	t.Parallel()
	var both [][]map[string]string
	for _, file := range []string{"testdata/mariadb-dump.sql", "testdata/complete-insert.sql"} {
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := rowsOf(strings.NewReader(string(in)), "users", "user_groups")
		if !errors.Is(err, io.EOF) || len(rows) != 13 {
			t.Fatalf("%s: %d rows, %v", file, len(rows), err)
		}
		both = append(both, rows)
	}
	rows := both[0]
	for i, want := range map[int]map[string]string{
		0: {"table": "user_groups", "id": "1", "title": "Members", "deleted_at": "", "setting": `{"discount":0}`},
		1: {"title": `会员 "gold"`, "description": "it's gold", "level": "2", "setting": ""},
		2: {"deleted_at": "2020-01-01 00:00:00.000"},
		3: {
			"table": "users", "id": "1", "user_name": " alice ", "real_name": `A, "B"; it's`, "balance": "12",
			"introduce": "two\nlines\ttab \\ back", "company": "Acme", "seal": "\x00\xff'\\\n", "score": "0.00000000015",
		},
		4:  {"real_name": "NULL", "introduce": `\N`, "company": "", "seal": "", "score": ""},
		5:  {"real_name": "(1),(2);", "score": "0"},
		11: {"id": "10", "user_name": "张三", "real_name": "😀"},
	} {
		for column, value := range want {
			if got, ok := rows[i][column]; !ok || got != value {
				t.Errorf("row %d, %s: %q, want %q", i, column, got, value)
			}
		}
	}
	for i := range rows {
		delete(rows[i], "flag") // a BIT is \x01 in one dump and 0x01 in the other
		delete(both[1][i], "flag")
	}
	if !reflect.DeepEqual(rows, both[1]) {
		t.Error("the two dumps of one database differ")
	}
}

// TestOtherPrograms reads the forms that phpMyAdmin and the backup of AnQiCMS write.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"-- phpMyAdmin SQL Dump\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\nSTART TRANSACTION;\n" +
			"INSERT INTO `users` (`ID`, `name`) VALUES\n(1, 'a'),\n(2, 'it''s'), (b'101', '');\nCOMMIT;\n": "1 a, 2 it's, 101 ",
		"DROP TABLE IF EXISTS `users`;\nCREATE TABLE `users` (\n`id` int(10), `name` varchar(9) COMMENT 'x, (y;')\n" +
			"ENGINE=InnoDB;\n\nINSERT INTO `users`(`id`,`name`) VALUES\n(-1,'a\\\"'),\n(2,NULL);\n": "-1 a\", 2 ",
		"\ufeff# c\nCREATE TEMPORARY TABLE IF NOT EXISTS a.Users (id int, `na``me` text, KEY (id), CHECK (id > (1)));" +
			"replace into A.USERS value (+1.5e+3, _utf8mb4 'x' /* y */) -- z\n;": "", // another database's name
		"CREATE TABLE users (id int, name text, PRIMARY KEY (id));insert ignore into users value\n" +
			"(+1.5e+3, _utf8mb4 \"x\" /* y */) -- z\n;": "+1.5e+3 x",
		"\ufeffINSERT INTO a.users (id, name) VALUES (0x3132, '\\0\\b\\r\\Z\\%\\_\\x');": "12 \x00\b\r\x1a\\%\\_x",
		"DELIMITER ;\nDELIMITER $$\nCREATE PROCEDURE p() BEGIN SET @a = 1;\n" +
			"INSERT INTO users (id, name) VALUES (1, '2'); END$$\ndelimiter ;\n" +
			"INSERT INTO users(id, name) VALUES (3, '4');": "3 4",
		"": "",
	} {
		rows, err := rowsOf(strings.NewReader(file), "users")
		var got []string
		for _, row := range rows {
			got = append(got, row["id"]+" "+row["name"])
		}
		if strings.Contains(file, "A.USERS") {
			if !errors.Is(err, mysqldump.ErrTwice) {
				t.Errorf("%q: %v", file, err)
			}
			continue
		}
		if !errors.Is(err, io.EOF) || strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, %v, want %q", file, got, err, want)
		}
	}
}

// TestErrors: a file that cannot be read whole is an error, which quotes nothing of it.
func TestErrors(t *testing.T) {
	t.Parallel()
	const columns = "INSERT INTO users (id, name) VALUES "
	for file, want := range map[string]error{
		columns + "(1, 'hush'":   mysqldump.ErrCutOff,
		columns + "(1, 'hush')":  mysqldump.ErrCutOff,
		columns + "(1, 'hush":    mysqldump.ErrCutOff,
		columns + "(1, 'hush'),": mysqldump.ErrCutOff,
		"/* hush":                mysqldump.ErrCutOff,
		"DELIMITER $$\nhush":     mysqldump.ErrCutOff,
		"-- MySQL dump 10.13  Distrib 8.0.36\nSET a = 1;\n":                             mysqldump.ErrCutOff,
		"-- MariaDB dump 10.19\n-- Dump completed on 2026-11-30\n-- MySQL dump 10.13\n": mysqldump.ErrCutOff,
		columns + "(1)":                          mysqldump.ErrSyntax,
		columns + "(1, 'hush', 2)":               mysqldump.ErrSyntax,
		columns + "(1, now());":                  mysqldump.ErrSyntax,
		columns + "(1, 0xhush);":                 mysqldump.ErrSyntax,
		columns + "(1, (2));":                    mysqldump.ErrSyntax,
		columns + "(1, 'hush') ON DUPLICATE KEY": mysqldump.ErrSyntax,
		"INSERT INTO users (id) SELECT 'hush';":  mysqldump.ErrSyntax,
		"INSERT INTO users VALUES (1, 'hush');":  mysqldump.ErrColumns,
		"USE a; INSERT INTO users (id) VALUES (1); USE b; INSERT INTO users (id) VALUES (1)": mysqldump.ErrTwice,
		columns + "(1, '" + strings.Repeat("hush", 1<<18) + "!":                              mysqldump.ErrLong,
		columns + "(1, " + strings.Repeat("1", 1<<20) + ");":                                 mysqldump.ErrLong,
		"CREATE TABLE users (" + strings.Repeat("a, ", 1<<20+1):                              mysqldump.ErrLong,
	} {
		_, err := rowsOf(strings.NewReader(file), "users")
		if !errors.Is(err, want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%.60q: %v, want %v", file, err, want)
		}
	}
}

// TestOtherTables: what is not wanted may have any size, and costs no memory.
func TestOtherTables(t *testing.T) {
	t.Parallel()
	long := "INSERT INTO archives VALUES (1, '" + strings.Repeat("don''t\\'; ", 1<<18) + "');"
	rows, err := rowsOf(strings.NewReader(long+"INSERT INTO users (id) VALUES (1);"), "users")
	if !errors.Is(err, io.EOF) || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
}

// TestCutAnywhere cuts a dump at random bytes: rows before the cut are read, and the cut is seen.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("testdata/mariadb-dump.sql")
	if err != nil {
		t.Fatal(err)
	}
	all, _ := rowsOf(strings.NewReader(string(whole)), "users")
	last := strings.LastIndex(string(whole), " Dump completed")
	for at := range last {
		if at < 200 || rand.IntN(40) > 0 { //nolint:gosec // which cuts are tried is no secret
			continue
		}
		rows, err := rowsOf(strings.NewReader(string(whole[:at])), "users")
		if !errors.Is(err, mysqldump.ErrCutOff) {
			t.Errorf("cut at %d: %v", at, err)
		}
		if len(rows) > len(all) || !reflect.DeepEqual(rows, all[:len(rows):len(rows)]) && len(rows) > 0 {
			t.Errorf("cut at %d: other rows", at)
		}
	}
}
