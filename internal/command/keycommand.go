package command

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/servicekey"
)

// keyLine is a service key in --json. It does not have the key itself: the database has only a hash of it. A time
// that does not apply is 0, and the site 0 means all sites.
type keyLine struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Site    int64    `json:"site_id"`
	Created int64    `json:"created_time"`
	Expires int64    `json:"expire_time"`
	Revoked int64    `json:"revoke_time"`
	// Accurate to an hour, which is enough to find keys that are not used any more.
	Used int64 `json:"last_used"`
}

// keyCommand has the commands about service keys. They are at the command line only: a key that could make keys
// would have every scope.
func (d *desk) keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "make, list and revoke the keys of the admin API"}
	c.AddCommand(d.keyCreate(), d.keyList(), d.keyRevoke())
	grouped(c)
	return c
}

// keys opens the database for a command about service keys. Their hash is plain SHA-256, because they are random, so
// these commands do not need ENROLL_SECRET.
func (d *desk) keys(c *cobra.Command) (*servicekey.Service, error) {
	if err := d.open(c.Context()); err != nil {
		return nil, err
	}
	return servicekey.New(servicekey.Config{Pool: d.pool, Now: d.now, Rand: rand.Reader})
}

// keyCreate returns the command that makes a key. The key is printed and written nowhere else: no log has it, and
// the audit log has its name and scopes.
func (d *desk) keyCreate() *cobra.Command {
	spec := servicekey.Spec{}
	scopes, expires := []string{}, ""
	c := &cobra.Command{Use: "create NAME", Short: "make a key and print it, once", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		spec.Name = args[0]
		for _, one := range scopes {
			spec.Scopes = append(spec.Scopes, servicekey.Scope(one))
		}
		// --expires is checked before the database is opened: a mistake in it needs no connection.
		var err error
		if spec.Life, err = parseLife(expires); err != nil {
			return err
		}
		// Create checks the rest: the name, which may be taken, and the scopes.
		keys, err := d.keys(c)
		if err != nil {
			return err
		}
		// Each request with a key for a site that this deployment does not serve would be refused. 0 is all sites.
		if spec.Site != 0 {
			if err := d.served(spec.Site); err != nil {
				return err
			}
		}
		spec.DryRun = d.dry
		key, info, err := keys.Create(c.Context(), atCommandLine(), spec)
		if err != nil {
			return err
		}
		// A dry run has no key to print, so it prints what the list would say about it.
		if d.dry {
			d.sayDry("key")
			return d.printKeys([]servicekey.Info{info})
		}
		if d.json {
			return d.print(map[string]string{"name": spec.Name, "key": key}, "")
		}
		// The key is made here and is not an argument, so no shell history and no process list has it. Standard output has
		// no other text, so that it can be piped into a store of secrets.
		_, err = fmt.Fprintln(d.out, key)
		return err
	}
	// --scope is required and has no default, so that a key does not get scopes that its program does not need.
	c.Flags().StringSliceVar(&scopes, "scope", nil, "the scopes of the key, comma-separated: "+
		strings.Join(scopeNames(), ", "))
	c.Flags().Int64Var(&spec.Site, "site", 0, "the only site for which the key is valid; all sites if left out")
	c.Flags().StringVar(&expires, "expires", "", "the life of the key, such as 90d or 12h; without end if left out")
	d.actFlags(c)
	// cobra's error for a missing flag names the flag.
	_ = c.MarkFlagRequired("scope")
	// A shell completes the first scope only: cobra compares the whole value, with its commas, with the scopes.
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions(scopeNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// scopeNames returns the scopes for the help and for completion, from the package that checks them.
func scopeNames() (names []string) {
	for _, one := range servicekey.Scopes() {
		names = append(names, string(one))
	}
	return names
}

// parseLife parses the life of a key: a duration of time.ParseDuration or a number of days such as 90d, from a minute
// to 100 years. It returns 0, which means no end, for "".
func parseLife(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	// Keys last for months, but the largest unit of time.ParseDuration is the hour. most is a hundred
	// years in days, longer than any key is used.
	const most = 100 * 365
	life, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 32)
		// most+1 is refused below. Without this bound the product could overflow.
		life = time.Duration(min(n, most+1)) * 24 * time.Hour
	}
	if err != nil || life < time.Minute || life > most*24*time.Hour {
		return 0, errors.New("--expires is a time from now on, such as 90d or 12h, from 1m to 36500d")
	}
	return life, nil
}

// keyList returns the command that lists keys. Those that have ended are listed, too: the audit log names them.
func (d *desk) keyList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list all keys, also those that have ended", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			keys, err := d.keys(c)
			if err != nil {
				return err
			}
			infos, err := keys.List(c.Context())
			if err != nil {
				return err
			}
			return d.printKeys(infos)
		}}
}

// printKeys prints what is known about keys, which is not the keys themselves: the database has only their hashes. The
// commands list and revoke print this table, and so does a dry run of create.
func (d *desk) printKeys(infos []servicekey.Info) error {
	lines, rows := []keyLine{}, [][]any{}
	for _, k := range infos {
		lines = append(lines, keyLine{k.Name, k.Scopes, k.Site, k.CreatedAt.Unix(), postgres.UnixOrZero(k.ExpiresAt),
			postgres.UnixOrZero(k.RevokedAt), postgres.UnixOrZero(k.UsedAt)})
		// "all", because a reader of the table could take 0 for the id of a site.
		site := "all"
		if k.Site != 0 {
			site = strconv.FormatInt(k.Site, 10)
		}
		rows = append(rows, []any{k.Name, strings.Join(k.Scopes, ","), site, timeCell(&k.CreatedAt),
			timeCell(k.ExpiresAt), timeCell(k.RevokedAt), timeCell(k.UsedAt)})
	}
	return d.print(map[string]any{"keys": lines}, "NAME\tSCOPES\tSITE\tCREATED\tEXPIRES\tREVOKED\tLAST USED", rows...)
}

// keyRevoke returns the command that ends a key. It needs no --yes: a leaked key must end fast, and a new key is
// easily made if this was a mistake.
func (d *desk) keyRevoke() *cobra.Command {
	c := &cobra.Command{Use: "revoke NAME", Short: "end a key at once", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		keys, err := d.keys(c)
		if err != nil {
			return err
		}
		// The argument is the name and not an id, because the list and the audit log show the name.
		info, err := keys.Revoke(c.Context(), atCommandLine(), args[0], d.dry)
		if err != nil {
			return err
		}
		// Unless this was a dry run, each replica refuses the key from now on, because it reads the row for each request. The
		// table has the time of the revocation.
		d.sayDry("key")
		return d.printKeys([]servicekey.Info{info})
	}
	d.actFlags(c)
	return c
}
