//go:build unix

package devpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cluster is a data folder of PostgreSQL with the account, the programs and the
// folders that are needed to run it.
type cluster struct {
	config Config
	who    account
	bin    binaries
	home   string // holds data and, if its path is short enough, the socket's folder
	data   string
	socket string // folder
}

// newCluster returns the cluster in home. Its programs and the folder of its socket
// are found later, because they depend on what the folder holds.
func newCluster(c Config, who account, home string) *cluster {
	return &cluster{config: c, who: who, home: home, data: filepath.Join(home, "data")}
}

// madeBy returns the major version of PostgreSQL that created the data, or 0 if there
// is no data yet. A folder that holds something else is an error: initdb would
// refuse it with a less helpful message.
func (cl *cluster) madeBy() (int, error) {
	text, err := os.ReadFile(filepath.Join(cl.data, "PG_VERSION"))
	if os.IsNotExist(err) {
		if entries, _ := os.ReadDir(cl.data); len(entries) > 0 {
			return 0, fmt.Errorf("devpg: %s is no PostgreSQL data folder and not empty: remove it", cl.data)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("devpg: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("devpg: %s/PG_VERSION holds no version", cl.data)
	}
	return major, nil
}

// forget deletes a cluster that is in another folder than the data folder, if the data
// folder was deleted since: its owner meant to delete the data with it. The caller has
// found the data folder fresh, and holds its lock.
func (cl *cluster) forget(ctx context.Context) error {
	if cl.home == filepath.Join(cl.config.Dir, clusterFolder) {
		return nil
	}
	if _, err := os.Lstat(cl.data); os.IsNotExist(err) {
		return nil
	}
	cl.config.Say("%s was deleted: deleting its data in %s, too", cl.config.Dir, cl.home)
	if err := cl.stopOrphan(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(cl.data); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	return nil
}

// create makes the data folder if it is missing. initdb works in a folder of another
// name, which is renamed when it is complete: after an interruption there is no
// incomplete cluster that looks like a whole one. Folders that earlier interruptions
// left are removed. The caller holds the lock.
func (cl *cluster) create(ctx context.Context) error {
	left, _ := filepath.Glob(filepath.Join(cl.home, "init-*")) // fails on a malformed pattern only
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("devpg: %w", err)
		}
	}
	if major, err := cl.madeBy(); err != nil || major != 0 {
		return err
	}
	cl.config.Say("creating a PostgreSQL %d cluster in %s", cl.bin.major, cl.data)
	temp, err := os.MkdirTemp(cl.home, "init-")
	if err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	if err := os.Lchown(temp, cl.who.uid, cl.who.gid); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	// The locale C sorts by bytes and exists on every system. Enroll folds case and
	// compares names in Go, so no query depends on a language. Authentication by trust is safe for the
	// socket: its folder admits one account only.
	args := []string{
		"--pgdata=" + temp, "--username=" + superuser, "--encoding=UTF8", "--locale=C",
		"--auth-local=trust", "--auth-host=reject",
	}
	// A cluster of tests need not survive a crash of the machine.
	if !cl.config.Durable {
		args = append(args, "--no-sync")
	}
	out, err := runTied(cl.who.command(ctx, cl.home, cl.bin.program("initdb"), args...))
	if err != nil {
		_ = os.RemoveAll(temp)
		return fmt.Errorf("devpg: create the cluster: %w: %s", err, lastLines(out))
	}
	if err := os.Rename(temp, cl.data); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	return nil
}

// settings returns the settings for PostgreSQL's command line, which overrule
// postgresql.conf and ALTER SYSTEM.
func (cl *cluster) settings() []string {
	on := map[bool]string{true: "on", false: "off"}[cl.config.Durable]
	return []string{
		"listen_addresses=", // no TCP
		"port=" + port,
		"unix_socket_directories=" + cl.socket,
		"unix_socket_permissions=0700",
		"max_connections=" + strconv.Itoa(cl.config.MaxConnections),
		"fsync=" + on,
		"synchronous_commit=" + on,
		"full_page_writes=" + on,
		// The DETAIL of a violated constraint and the text of a failed statement hold
		// names, emails and phones. Neither is logged.
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		"log_min_messages=warning",
		"log_statement=none",
		// The lines of checkpoints and slow vacuums do not help a developer. They have numbers of six
		// digits, which tests would take for codes.
		"log_checkpoints=off",
		"log_autovacuum_min_duration=-1",
		// The log goes to the file that launch opened. The logging collector would be one
		// more process, with files of its own.
		"log_destination=stderr",
		"logging_collector=off",
		// UTC and not the time zone of the machine, so that no test depends on the machine.
		"timezone=UTC",
		"log_timezone=UTC",
		"jit=off", // compiling a statement of Enroll takes longer than running it
	}
}
