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
// Two things a test must know. Identity columns and sequences are not reset: ids go on
// where the previous test left off. And a test that changes the schema (a trigger, a
// dropped constraint) must call [Fresh], whose database is dropped afterwards; a
// change to the schema of a shared database fails the test that made it.
//
// This is the one package besides cmd that reads the environment
// (ENROLL_PG_BIN, the folder of PostgreSQL's programs), and the one that holds
// something for the whole process: TestMain and the tests have no other place
// to meet.
package pgtest
