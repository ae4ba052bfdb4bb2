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

// cluster is a data folder of PostgreSQL and all that is needed to run it.
type cluster struct {
	config Config
	who    account
	bin    binaries
	home   string // holds data and, where its path is short enough, the socket's folder
	data   string
	socket string // folder
}

func newCluster(c Config, who account, home string) *cluster {
	return &cluster{config: c, who: who, home: home, data: filepath.Join(home, "data")}
}

// madeBy returns the major version that the existing data belongs to, 0 if
// there is none yet.
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

// forget removes a cluster elsewhere that was made for an earlier data folder of
// the same path: that folder was deleted, and with it its owner wanted to delete
// the data. The caller holds the lock.
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

// create makes the data folder if it is missing. initdb works under another
// name, so that an interruption leaves nothing that looks like a cluster; what
// earlier interruptions left is removed. The caller holds the lock.
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
	// C sorts by bytes and exists everywhere; whatever depends on a language is
	// done by the service, not by SQL.
	args := []string{
		"--pgdata=" + temp, "--username=" + superuser, "--encoding=UTF8", "--locale=C",
		"--auth-local=trust", "--auth-host=reject",
	}
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

// settings are given on the command line, where neither a file of the cluster
// nor ALTER SYSTEM can overrule them.
func (cl *cluster) settings() []string {
	on := map[bool]string{true: "on", false: "off"}[cl.config.Durable]
	return []string{
		"listen_addresses=",
		"port=" + port,
		"unix_socket_directories=" + cl.socket,
		"unix_socket_permissions=0700",
		"max_connections=" + strconv.Itoa(cl.config.MaxConnections),
		"fsync=" + on,
		"synchronous_commit=" + on,
		"full_page_writes=" + on,
		// A violated constraint has the identifier of a person in its DETAIL, a
		// failed statement in its text: neither is logged.
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		"log_min_messages=warning",
		"log_statement=none",
		"log_destination=stderr",
		"logging_collector=off",
		"timezone=UTC",
		"log_timezone=UTC",
		"jit=off", // compiling costs more than our short statements
	}
}
