// Package devpg runs a private PostgreSQL from local binaries, for `enroll
// serve --dev` and for tests: [Start] answers only when the database "enroll"
// accepts connections, and nothing of it outlives the process that started it.
//
// What it promises:
//
//   - Private. The server listens on a unix socket in a folder of mode 0700 and on no network address. Whoever may enter
//     the folder is trusted; nobody else can connect. Its log names no row and no statement.
//   - Never as root. Started by root, PostgreSQL and initdb run as the owner of an existing cluster, else as "postgres",
//     else as "nobody". Folders which that account cannot enter are replaced by others, and Config.Say tells where.
//   - One at a time. A lock on the data folder is held as long as the [Server] lives; a second [Start] answers
//     [ErrInUse]. A server left behind by a killed process is stopped first, once it is proven to be that server.
//   - Whole or not at all. A cluster, or a fetched build, comes to be under another name and is renamed when complete.
//
// Binaries are looked for in Config.BinDir, on the PATH, in the folders of the
// usual distributions, and last of all fetched as one of the pinned,
// checksum-verified builds of builds.go.
package devpg
