// Package devpg runs a private PostgreSQL from local programs, for `enroll
// serve --dev` and for tests. [Start] returns when the database "enroll" accepts
// connections. On Linux the server ends with the process that started it.
//
// Properties:
//
//   - Private. The server listens on a unix socket in a folder of mode 0700 and on no
//     network address. Every account that may enter the folder is a superuser of the
//     server; no other can connect. The server's log has no row and no statement.
//   - Never root. If this process is root, PostgreSQL and initdb run as the owner of
//     the existing cluster, else as "postgres", else as "nobody". If that account
//     cannot enter the data folder, another folder is used, and Config.Say names it.
//   - One server per data folder. A [Server] holds a lock on the folder; a second [Start]
//     returns [ErrInUse]. A server that a killed process left running is stopped
//     first, if it is certainly that server.
//   - No incomplete files. A cluster or a downloaded build is made under another name
//     and renamed when it is complete.
//
// Programs are taken from Config.BinDir, else from PATH, else from the folders of the
// usual distributions. If there are none, one of the builds of package
// archive is downloaded, and run if its checksum is right.
//
// A release build of enroll leaves this package out (cmd/enroll/devpg_release.go): a
// service in production must not download and run programs. The package is for Linux
// and macOS; on a system that is not a Unix, Start returns an error. In tests, package pgtest
// starts one server for each test binary and gives each test a database of its own.
package devpg
