// Package pgtest gives a test a clean, migrated database of a real PostgreSQL within
// milliseconds. Any number of tests may run in parallel.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Each test binary has one PostgreSQL (internal/devpg) without durability, in a
// temporary folder; it starts with the first test that asks for a database, and
// ends with the binary. The databases of [New] and [URL] are clones of a
// migrated template. After its test a database is emptied by DELETE and given
// to the next one: measured, that costs 2 to 5 ms, where TRUNCATE costs 35 ms
// and a new clone 140 to 270 ms.
//
// Identity columns and sequences are not reset: ids go on after those of the previous test. A test
// that changes the schema (a trigger, a dropped constraint) must call [Fresh], whose database is
// dropped afterwards. A test that changes the schema of a shared database fails.
//
// This package reads the environment (ENROLL_PG_BIN, the folder of PostgreSQL's programs). It has a package-level
// variable for the PostgreSQL of the process, because TestMain and the tests cannot share it in another way.
package pgtest
