package command

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/remote"
	"github.com/enroll-project/enroll/internal/settings"
)

// operators are the use cases of package operator that commands call: *operator.Service has them on the database, and
// remote.Operators by the admin API.
type operators interface {
	Get(ctx context.Context, id, site int64) (operator.User, error)
	List(context.Context, operator.Filter) (users []operator.User, next string, err error)
	Create(context.Context, operator.NewUser) (operator.User, error)
	Update(context.Context, operator.Act, operator.Changes) (operator.User, error)
	Approve(context.Context, operator.Act) (operator.User, error)
	Disable(context.Context, operator.Act) (operator.User, error)
	Enable(context.Context, operator.Act) (operator.User, error)
	EndSessions(context.Context, operator.Act) (operator.User, error)
	Delete(context.Context, operator.Act) (operator.User, error)
	SetGroup(ctx context.Context, a operator.Act, group int64) (operator.User, error)
	SendCode(context.Context, operator.Act, operator.Channel) (operator.CodeSent, error)
	ResetCodes(ctx context.Context, by audit.Actor, typed string, dry bool) (operator.Reset, error)
	Groups(ctx context.Context, site int64) ([]operator.Group, error)
	CreateGroup(context.Context, operator.GroupAct, operator.GroupEdits) (operator.Group, error)
	UpdateGroup(context.Context, operator.GroupAct, operator.GroupEdits) (operator.Group, error)
	DeleteGroup(context.Context, operator.GroupAct) (operator.Group, error)
	Invitations(context.Context, operator.InvitationPage) ([]operator.Invitation, error)
	CreateInvitation(context.Context, io.Reader, operator.NewInvitation) (string, operator.Invitation, error)
	RevokeInvitation(ctx context.Context, by audit.Actor, site, id int64, dry bool) (operator.Invitation, error)
}

// events are the methods of *event.Log that commands call. remote.Events has them, too.
type events interface {
	List(context.Context, event.Filter) (event.Page, error)
	SetAside(context.Context, event.AsideFilter) (event.AsidePage, error)
	Replay(context.Context, event.Replay) (event.Replayed, error)
}

// entries is the method of *audit.Log that a command calls. remote.Audit has it, too.
type entries interface {
	List(context.Context, audit.Filter) ([]audit.Record, error)
}

// byAPI has the flags by which a command works by the admin API and not on the database. There is no setting for the
// address: a command must not act on another deployment because of a variable that was set for another purpose.
type byAPI struct {
	url, keyFile, caFile string
	plain                bool
}

// flags adds the flags to a command and to those below it. The key itself is never a flag: other accounts of the
// machine can read the arguments of a process, and the history of a shell keeps them.
func (b *byAPI) flags(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&b.url, "url", "", "work by the admin API at this address, with the key of ENROLL_ADMIN_KEY")
	f.StringVar(&b.keyFile, "key-file", "", "with --url: a file with the key, in place of ENROLL_ADMIN_KEY")
	f.StringVar(&b.caFile, "ca-file", "", "with --url: a file with certificates (PEM) to trust, in place of the system's")
	f.BoolVar(&b.plain, "allow-http", false, "with --url: allow http to another machine, which shows it the key")
	_ = c.MarkPersistentFlagFilename("key-file")
	_ = c.MarkPersistentFlagFilename("ca-file")
}

// operation is the annotation of a command that the admin API has an operation for. It is an annotation, because cobra
// has no other place for facts about a command, and the check of the flags sees the command only.
const operation = "operation"

// hasOperation marks a command, and those below it, for which the admin API has an operation. A command without the
// mark is refused with --url, so that a new one does not work on the database by mistake.
func hasOperation(c *cobra.Command) *cobra.Command {
	each(c, func(c *cobra.Command) { c.Annotations = map[string]string{operation: ""} })
	return c
}

// errNoOperation is the error of a command that works on the database only.
var errNoOperation = errors.New("the admin API has no operation for it: run it without --url, with ENROLL_DATABASE_URL")

// check refuses flags that would not do what they say. A command that was told an address must never work on the
// database instead, also if the address is empty because a script has not set its variable.
func (b *byAPI) check(c *cobra.Command) error {
	if !c.Flags().Changed("url") {
		for _, name := range []string{"key-file", "ca-file", "allow-http"} {
			if c.Flags().Changed(name) {
				return fmt.Errorf("--%s needs --url", name)
			}
		}
		return nil
	}
	if b.url == "" { // check: remote-not-empty
		return errors.New("--url is empty: give the address of the admin API, or leave the flag out")
	}
	// A command that has others below it prints its help.
	if _, found := c.Annotations[operation]; !found && !c.HasSubCommands() { // check: remote-no-operation
		return errNoOperation
	}
	return nil
}

// client returns the client of the admin API. Its errors have no key.
func (b *byAPI) client(environ []string) (*remote.Client, error) {
	key := ""
	for _, pair := range environ {
		if value, found := strings.CutPrefix(pair, "ENROLL_ADMIN_KEY="); found {
			key = value
		}
	}
	if b.keyFile != "" {
		content, err := settings.ReadFile(b.keyFile)
		if err != nil {
			return nil, fmt.Errorf("--key-file: %w", err)
		}
		key = string(content)
	}
	// The file is named by a person, and the variable may be set for all commands, so the file wins.
	// A line break at the end of the file is not part of the key. One within it could not be sent.
	key = strings.TrimSpace(key)
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("--url needs a service key: set ENROLL_ADMIN_KEY, or name a file by --key-file")
	}
	// Nothing is sent before all flags are known to be right.
	roots, err := b.roots()
	if err != nil {
		return nil, err
	}
	client, err := remote.New(remote.Config{URL: b.url, Key: key, Roots: roots, Plain: b.plain})
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	return client, nil
}

// roots returns the certificates of --ca-file, or nil for the system's. They replace the system's, so that a deployment
// with a private authority trusts no other for its key.
func (b *byAPI) roots() (*x509.CertPool, error) {
	if b.caFile == "" {
		return nil, nil
	}
	content, err := settings.ReadFile(b.caFile)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, errors.New("--ca-file has no certificate (PEM)")
	}
	return roots, nil
}

// operators returns the use cases of operators: by the admin API with --url, and else on the database. with adds the
// parts that the command needs there, after the database was opened; it may be nil.
func (d *desk) operators(ctx context.Context, with func(*Parts) error) (operators, error) {
	// No setting is read, so that a machine of operators needs none, and no secret of the service.
	if d.by.url != "" {
		client, err := d.by.client(d.environ)
		return remote.Operators{Client: client}, err
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	// A part reads settings that other commands do not need, such as ENROLL_SECRET.
	var parts Parts
	if with != nil {
		if err := with(&parts); err != nil {
			return nil, err
		}
	}
	return NewOperator(d.config, d.pool, d.now, parts)
}

// audit returns the audit log, as operators does. On the database it has all entries. By the admin API it has those
// that the key may read: a key of one site gets the entries of that site.
func (d *desk) audit(ctx context.Context) (entries, error) {
	if d.by.url != "" {
		client, err := d.by.client(d.environ)
		return remote.Audit{Client: client}, err
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	// audit.New requires Keep, although List purges nothing.
	return audit.New(audit.Config{Pool: d.pool, Keep: d.config.AuditKeep, Now: d.now})
}
