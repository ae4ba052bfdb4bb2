package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// ImportConfig is what an import needs. Extra, Report, Progress and DryRun may be left out.
type ImportConfig struct {
	Pool *postgres.Pool // of a role that owns the table: the import moves the sequence of ids
	By   audit.Actor
	// From is the format of the file, one of [source.Formats].
	From string
	// Reading says how the rows of other systems are read. Its time is that of the run, which is the database's: the
	// clock of the operator's machine may be wrong.
	Reading source.Options
	// Source names the system that the file comes from. Ids of two systems are different ids.
	Source string
	// The site of each row must be served, because its users could not log in otherwise.
	Sites []int64 // that the deployment serves
	Site  int64   // of rows and groups that name none
	// Rules are those of a registration. Policy and Keys are not used. Without a Hasher, weak hashes are refused.
	Rules *operator.Rules
	// Without a schema the deployment shows no extra data, and an import keeps none.
	Extra        *extra.Schema // of the extra data; nil if the deployment has none
	DefaultGroup int64
	// The time of the database, with which deletions and reservations of names are compared.
	Now    func() time.Time
	DryRun bool      // do all, and roll each batch back
	Report io.Writer // gets a line for each row
	// Progress is called after each batch.
	Progress func(Counts)
}

// Counts are the results of an import so far. Rows is their sum.
type Counts struct {
	Rows     int64 `json:"rows"`
	Imported int64 `json:"imported"` // as they were in the file
	Changed  int64 `json:"changed"`  // imported without what could not be kept
	Present  int64 `json:"present"`  // imported before
	Refused  int64 `json:"refused"`
	Groups   int64 `json:"groups"`  // that were made
	Waiting  int64 `json:"waiting"` // users whose inviter is not imported
}

// The errors of a call. ErrRole is that of a role without rights on the sequence of ids.
var (
	ErrSource  = errors.New("the name of a source is 1 to 32 characters: a-z, 0-9, '.', '_' and '-'")
	ErrRole    = errors.New("the role of the database may not move the sequence of ids: use the role of enroll migrate")
	errNoRules = errors.New("transfer: a dependency is missing")
)

// run is one import.
type run struct {
	cfg          ImportConfig
	rules        *operator.Rules
	queries      *db.Queries
	defaultGroup int64
	at           time.Time // the time of the run, which all rows share
	groups       map[groupKey]bool
	counts       Counts
	// Each batch may raise this bound.
	held int64 // the ids that no registration gets any more
	seen seen  // of a dry run
}

// groupKey is a group of a site.
type groupKey struct{ site, id int64 }

// Import reads a file and stores its users. It returns what was done even if it returns an error: each batch is
// committed by itself, and a repetition goes on where the import has stopped. An error of the file is one of the Err
// variables, or the reader's own.
func Import(ctx context.Context, c ImportConfig, in io.Reader) (Counts, error) {
	// A missing part is a mistake of the program and not of the operator.
	if c.Pool == nil || c.Rules == nil || c.Now == nil {
		return Counts{}, errNoRules
	}
	// The database has the same rule. Here it has an error that people understand.
	if !sourceName.MatchString(c.Source) {
		return Counts{}, ErrSource
	}
	r := &run{
		cfg: c, rules: c.Rules, queries: db.New(postgres.NewStatements(c.Pool)), defaultGroup: c.DefaultGroup,
		at: c.Now().UTC().Truncate(time.Microsecond), groups: map[groupKey]bool{},
	}
	// Only a dry run remembers all rows.
	if c.DryRun {
		r.seen = newSeen()
	}
	// A file of another format changes nothing, and the audit log gets no entry.
	// One time for all rows, so that a ban that ends meanwhile does not depend on the place of its row.
	c.Reading.Now = r.at
	lines, err := source.Open(c.From, in, c.Reading)
	if err != nil {
		return Counts{}, err
	}
	if err := r.note(ctx, importBegun, "from "+c.Source); err != nil {
		return Counts{}, err
	}
	err = r.all(ctx, lines)
	if err == nil || source.CutOff(err) {
		// Inviters are linked even if the file is cut off: its users that are stored stay.
		err = errors.Join(r.link(ctx), err)
	}
	if codeOf(err) == "42501" { // insufficient_privilege
		err = ErrRole
	}
	// The numbers say nothing about a person, so they may stay in the audit log.
	n := r.counts
	detail := fmt.Sprintf("from %s: %d rows, %d imported, %d changed, %d present, %d refused",
		c.Source, n.Rows, n.Imported, n.Changed, n.Present, n.Refused)
	// The end of an import that was canceled is noted, too.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return n, errors.Join(err, r.note(bounded, imported, detail))
}

// note writes an entry of the audit log. A dry run does nothing, so it has none.
func (r *run) note(ctx context.Context, act audit.Act, detail string) error {
	if r.cfg.DryRun {
		return nil
	}
	// The entry has no site, because a file may have users of several sites.
	entry := audit.Entry{By: r.cfg.By, Act: act, Detail: detail, At: r.cfg.Now()}
	return postgres.Safe(postgres.InTx(ctx, r.cfg.Pool, func(tx pgx.Tx) error {
		return audit.Add(ctx, r.queries.WithTx(tx), entry) // check: import-audited
	}))
}

// all reads the lines and stores them in batches.
func (r *run) all(ctx context.Context, lines source.Reader) error {
	// Groups are read once: they change seldom, and a file makes its own before its users.
	if err := r.knowGroups(ctx); err != nil {
		return err
	}
	// The slice is used again for each batch, and no batch outlives its call.
	batch := make([]candidate, 0, pageSize)
	for {
		// An error of the file comes after all lines before it.
		from, err := lines.Next()
		done := err != nil
		switch {
		case done:
			// The rows before the end, or before an error of the file, are stored first.
		case from.Group != nil:
			if err := r.group(ctx, from); err != nil {
				return err
			}
		default:
			batch = append(batch, r.candidate(from))
		}
		// A full batch is stored at once, which bounds the memory.
		if len(batch) == pageSize || done && len(batch) > 0 {
			if err := r.batch(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case done:
			return err
		}
	}
}

// knowGroups reads the groups of all sites, of which there are few.
func (r *run) knowGroups(ctx context.Context) error {
	// The page is by the primary key, as in an export.
	next := db.ExportGroupsParams{Page: pageSize}
	for {
		rows, err := r.queries.ExportGroups(ctx, next)
		if err != nil || len(rows) == 0 {
			return postgres.Safe(err)
		}
		for _, g := range rows {
			next.AfterSite, next.AfterID = g.SiteID, g.ID
			r.groups[groupKey{g.SiteID, g.ID}] = true
		}
	}
}

// group makes a group that does not exist. One that exists stays as it is. A group that the table refuses is reported,
// and its users get the default group.
func (r *run) group(ctx context.Context, from source.Record) error {
	// The id of a group is kept: users refer to it, and operators know it. Other systems have no sites.
	g := from.Group
	g.Site = cmp.Or(g.Site, r.cfg.Site)
	at := groupKey{g.Site, g.ID}
	result := line{Line: from.Line, Kind: source.KindGroup, ID: source.NumberID(g.ID), Result: resultImported}
	var made int64
	var err error
	switch {
	case from.Wrong != "":
		result.Result, result.Notes = resultRefused, []string{from.Wrong}
	case r.groups[at]:
		result.Result = resultPresent
	case !r.cfg.DryRun:
		made, err = r.queries.ImportGroup(ctx, db.ImportGroupParams{
			SiteID: g.Site, ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level,
		})
		// The constraints are the rules of a group.
		if refusedBy(err) {
			result.Result, result.Notes, err = resultRefused, []string{postgres.Constraint(err)}, nil
		}
	}
	if err != nil {
		return err
	}
	r.counts.Groups += made
	// In a dry run the group counts as made, so that its users keep it.
	if result.Result == resultImported {
		r.groups[at] = true
	}
	return r.report(result)
}
