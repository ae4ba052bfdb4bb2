// Package mysqldump reads the rows of a few tables from a file of SQL statements, as mysqldump, mariadb-dump,
// phpMyAdmin and the backup of AnQiCMS write it.
//
// # What is read
//
// It understands what these programs write, and not SQL as a whole. Of the tables that are asked for:
//
//	CREATE TABLE [IF NOT EXISTS] [db.]table (column type, …, KEY (…)) …;
//	INSERT [IGNORE] INTO [db.]table [(column, …)] VALUES (literal, …), …;
//	REPLACE INTO …
//
// and USE, which tells the databases of a dump apart. The columns are those of the INSERT, or else those of the CREATE
// TABLE before it. A literal is a text, a number, hexadecimal digits or NULL.
//
// It passes over all other statements, over comments, and over what MySQL executes in a comment (/*!…*/), which never
// holds rows. Bodies of triggers and routines, which stand between two DELIMITER, are passed over as well: an INSERT in
// one is not a row. No statement is executed.
//
// # What shows that a file is whole
//
// A file may not end within a statement. mysqldump and mariadb-dump begin with a comment that names them, and end with
// one that says that they are done: a file with the first and without the second is cut off. phpMyAdmin and AnQiCMS
// write no such comment, so a file of theirs that is cut between two statements is not recognized.
//
// # Memory and secrets
//
// Memory does not depend on the file: one row is held at a time, of [MaxRow] bytes at most. An error has the number of
// a line and nothing of the file, which has hashes of passwords.
package mysqldump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxRow bounds a row, and a definition of a table, in bytes. A quotation mark without its partner would otherwise make
// one value of the rest of the file.
const MaxRow = 1 << 20

// The errors of a file.
var (
	// ErrCutOff is returned at the end of a file that ends in a statement, or that lacks the last line of its program.
	ErrCutOff = errors.New("the dump is cut off")
	// ErrSyntax is returned for SQL that the programs above do not write, such as INSERT … SELECT.
	ErrSyntax = errors.New("the dump has a statement that cannot be read: its values are not literals, " +
		"or it is not SQL")
	// ErrColumns is returned for values without names. mysqldump writes such with --no-create-info.
	ErrColumns = errors.New("the dump does not name the columns of its values: it has neither CREATE TABLE " +
		"nor a list of columns in INSERT")
	// ErrTwice is returned instead of rows of two systems as one: their ids would be taken for those of one.
	ErrTwice = errors.New("the dump has tables of this name from two databases: dump one database by itself")
	// ErrLong is returned at MaxRow. Texts of other tables are not bounded, because they are not kept.
	ErrLong = errors.New("a row of the dump has more than 1 MiB: a quotation mark has no partner")
)

// Row is a row of a table. Its values are texts as they are stored, in the character set of the file, which the
// programs set to UTF-8 unless an operator chooses another one. Bytes that are not UTF-8 are returned as they are.
type Row struct {
	Table string // as it was given to New
	// Columns has the names in lower case, in the order of Values. It is the same slice for all rows of a statement.
	Columns []string
	Values  []string // NULL is ""
}

// Reader reads rows, in the order of the file. It is for one goroutine. After an error other than io.EOF it must not be
// used again.
type Reader struct {
	scanner *scanner
	tables  []string
	columns map[string][]string // of the tables, by CREATE TABLE
	// A dump of several databases has USE before the tables of each.
	database string
	owner    map[string]string // the database of each table that was met
	// The rows of an INSERT are returned one by one, so the reader stands within a statement in between.
	into *Row // the table and the columns of the INSERT whose rows are read, nil outside of one
}

// New returns a reader of the rows of some tables, whose names are in lower case. MySQL compares names of columns
// without regard to case, and on some systems those of tables.
func New(in io.Reader, tables ...string) *Reader {
	buffer := bufio.NewReaderSize(in, 64<<10)
	// Editors on Windows write a byte order mark. An error of this look comes again with the first read.
	if begin, _ := buffer.Peek(len(byteOrderMark)); string(begin) == byteOrderMark {
		_, _ = buffer.Discard(len(byteOrderMark))
	}
	return &Reader{
		scanner: &scanner{in: buffer, line: 1}, tables: tables,
		columns: map[string][]string{}, owner: map[string]string{},
	}
}

const byteOrderMark = "\ufeff"

// Has reports whether the file has had a definition or a row of a table so far.
func (r *Reader) Has(table string) bool {
	_, met := r.owner[table]
	return met
}

// Next returns the next row, or io.EOF after the last statement.
func (r *Reader) Next() (Row, error) {
	row, err := r.next()
	// The end of the input is the end of the file between two statements only.
	if err != nil && !errors.Is(err, io.EOF) {
		return Row{}, fmt.Errorf("line %d: %w", r.scanner.line, err)
	}
	return row, err
}

// next returns the next row, or the bare error.
func (r *Reader) next() (Row, error) {
	// A statement without rows for this reader leaves nothing to read into.
	for r.into == nil {
		if err := r.statement(); err != nil {
			return Row{}, err
		}
	}
	// The names are shared by all rows of a statement, and the values are a slice of their own.
	row := *r.into
	var err error
	if row.Values, err = r.values(len(row.Columns)); err != nil {
		return Row{}, err
	}
	// A comma is before the next row. ON DUPLICATE KEY never stands in a dump: what it would change is not known here.
	switch t, err := r.inside(); {
	case err != nil:
		return Row{}, err
	case t.is(";"):
		r.into = nil
	case !t.is(","):
		return Row{}, ErrSyntax
	}
	return row, nil
}

// inside returns the next token of a statement, in which the file must not end. The programs end the last statement
// with a semicolon, too.
func (r *Reader) inside() (token, error) {
	t, err := r.scanner.next()
	if errors.Is(err, io.EOF) {
		err = ErrCutOff
	}
	return t, err
}

// statement reads a statement. It reads an INSERT only up to its first row. Statements such as SET, LOCK TABLES,
// DROP TABLE, ALTER TABLE and COMMIT have no rows.
func (r *Reader) statement() error {
	// The bound is one for each statement, and for each row.
	r.scanner.held = 0
	t, err := r.scanner.next()
	switch {
	// The programs that announce themselves also say when they are done, so a file can be cut between two statements.
	case errors.Is(err, io.EOF) && r.scanner.cut: // check: dump-end
		return ErrCutOff
	case err != nil:
		return err
	case t.is("create"):
		return r.create()
	case t.is("insert"), t.is("replace"):
		return r.insert()
	case t.is("delimiter"):
		return r.scanner.program() // check: dump-program
	// A dump of several databases names each before its tables.
	case t.is("use"):
		if t, err = r.inside(); err != nil {
			return err
		}
		r.database = t.text
	}
	return r.skip(t)
}

// skip passes over the rest of a statement, of which t is a token. A text in it may have any size.
func (r *Reader) skip(t token) error {
	// An article of the same database may have megabytes.
	r.scanner.skipping = true
	defer func() { r.scanner.skipping = false }()
	for !t.is(";") {
		var err error
		if t, err = r.inside(); err != nil {
			return err
		}
	}
	return nil
}

// table reads the name of a table, of which t is the first token. A database and a dot may precede it. It returns "" if
// the table is not wanted, and the token after the name.
func (r *Reader) table(t token) (name string, after token, err error) {
	// Without a database before it, the table is one of the database in use.
	database := r.database
	for {
		if after, err = r.inside(); err != nil {
			return "", after, err
		}
		if !after.is(".") {
			break
		}
		database = t.text
		if t, err = r.inside(); err != nil {
			return "", after, err
		}
	}
	// A name in other case is another table on Linux only, where no program makes both.
	name = strings.ToLower(t.text)
	if !slices.Contains(r.tables, name) {
		return "", after, nil
	}
	if owner, met := r.owner[name]; met && owner != database { // check: dump-database
		return "", after, ErrTwice
	}
	r.owner[name] = database
	return name, after, nil
}

// pass reads tokens as long as they are one of the words, in any order and number: a dump is known to be correct SQL.
// It returns the first other token.
func (r *Reader) pass(words ...string) (token, error) {
	for {
		t, err := r.inside()
		if err != nil || t.kind != kindWord || !slices.ContainsFunc(words, t.is) {
			return t, err
		}
	}
}

// create reads the columns of CREATE TABLE, and passes over any other CREATE. If a table is defined twice, the later
// definition counts for the rows after it, as it would in a database.
func (r *Reader) create() error {
	// CREATE VIEW, TRIGGER and DATABASE are the others.
	t, err := r.pass("temporary")
	if err != nil {
		return err
	}
	if !t.is("table") {
		return r.skip(t)
	}
	if t, err = r.pass("if", "not", "exists"); err != nil {
		return err
	}
	name, t, err := r.table(t)
	if err != nil {
		return err
	}
	if name == "" || !t.is("(") {
		return r.skip(t)
	}
	// The list is kept for the rows, which come behind it.
	columns, err := r.definitions()
	if err != nil {
		return err
	}
	r.columns[name] = columns
	return r.skip(token{})
}

// notColumns are the words that begin those definitions in a CREATE TABLE that are not columns.
var notColumns = []string{
	"check", "constraint", "foreign", "fulltext", "index", "key", "period", "primary", "spatial", "unique",
}

// definitions reads what is in the parentheses of CREATE TABLE, and returns the names of the columns. The list of
// columns of an INSERT has the same form.
func (r *Reader) definitions() (columns []string, err error) {
	// A definition begins after the parenthesis that opens the list, and after each comma of the list itself.
	for depth, begins := 1, true; depth > 0; {
		t, err := r.inside()
		if err != nil {
			return nil, err
		}
		switch {
		// A column with the name of a keyword stands in backticks.
		case begins && (t.kind == kindName || t.kind == kindWord && !slices.ContainsFunc(notColumns, t.is)):
			columns = append(columns, strings.ToLower(t.text))
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		begins = depth == 1 && t.is(",")
	}
	return columns, nil
}

// insert reads an INSERT up to the first of its rows. IGNORE and REPLACE say what MySQL should do with a row that
// exists. Here the caller decides that.
func (r *Reader) insert() error {
	t, err := r.pass("low_priority", "delayed", "high_priority", "ignore", "into")
	if err != nil {
		return err
	}
	table, t, err := r.table(t)
	if err != nil {
		return err
	}
	if table == "" {
		return r.skip(t)
	}
	// A list in the INSERT counts more than the definition: mysqldump writes one where it leaves generated columns out.
	columns := r.columns[table]
	if t.is("(") {
		if columns, err = r.definitions(); err != nil {
			return err
		}
		if t, err = r.inside(); err != nil {
			return err
		}
	}
	switch {
	case !t.is("values") && !t.is("value"):
		// INSERT … SELECT and INSERT … SET are not written by these programs.
		return ErrSyntax
	case len(columns) == 0:
		return ErrColumns
	}
	r.into = &Row{Table: table, Columns: columns}
	return nil
}

// values reads the values of a row, of which there must be n.
func (r *Reader) values(n int) ([]string, error) {
	r.scanner.held = 0
	t, err := r.inside()
	if err == nil && !t.is("(") {
		err = ErrSyntax
	}
	if err != nil {
		return nil, err
	}
	// A row with more or fewer values than columns is of another table, or not whole.
	values := make([]string, 0, n)
	for {
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		switch t, err := r.inside(); {
		case err != nil:
			return nil, err
		case t.is(")") && len(values) == n:
			return values, nil
		case !t.is(","):
			return nil, ErrSyntax
		}
	}
}

// value reads a literal: a text, a number or NULL. A text may be preceded by the name of its character set. A number is
// returned as it is written, because the columns of AnQiCMS say what it means.
func (r *Reader) value() (string, error) {
	// The character set is always that of the file: mysqldump writes _binary before a text of bytes. phpMyAdmin writes a
	// BIT as b'101'. Its digits are returned.
	t, err := r.inside()
	if err == nil && t.kind == kindWord && (strings.HasPrefix(t.text, "_") || t.is("b")) {
		if t, err = r.inside(); err == nil && t.kind != kindText {
			err = ErrSyntax
		}
	}
	switch {
	case err != nil:
		return "", err
	case t.kind == kindText:
		return t.text, nil
	case t.kind != kindWord:
		return "", ErrSyntax
	case t.is("null"):
		return "", nil
	// --hex-blob writes columns of bytes so. A number in this form does not occur.
	case strings.HasPrefix(t.text, "0x"):
		return unhex(t.text[2:])
	case strings.Trim(t.text, "+-.0123456789eE") != "":
		return "", ErrSyntax // the name of a function
	}
	return t.text, nil
}
