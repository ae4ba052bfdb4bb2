package transfer

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// attempts bounds how often a batch is looked up again because a registration was faster. Each time its user is
// found, so a further conflict needs a further registration in the same few milliseconds.
const attempts = 5

// errDry rolls a dry run back.
var errDry = errors.New("transfer: dry run")

// batch stores some rows and reports them.
func (r *run) batch(ctx context.Context, rows []candidate) error {
	// The ids are held by a short transaction of their own, because it keeps writers waiting.
	if err := r.hold(ctx, rows); err != nil {
		return err
	}
	if err := r.wrap(ctx, rows); err != nil {
		return err
	}
	// The report comes after the commit, because a line must not say what has not happened.
	outcomes, err := r.store(ctx, rows)
	if err != nil {
		return err
	}
	return r.account(rows, outcomes)
}

// hold keeps registrations from getting an id that a row may keep: it moves the sequence of ids beyond that id. This
// locks the table for a moment. So it moves the sequence further, by the number of rows that were read before: a large
// import then does it only a few times, and a small one leaves only a small gap in the ids.
func (r *run) hold(ctx context.Context, rows []candidate) error {
	// Rows that are refused do not move the sequence.
	last := int64(0)
	for _, c := range rows {
		if !c.refused {
			last = max(last, c.row.ID)
		}
	}
	// A dry run stores no row, so a registration may get the id of one.
	if last <= r.held || r.cfg.DryRun {
		return nil
	}
	// If the call fails, the import ends, and the bound is not used.
	r.held = last + r.counts.Rows
	err := postgres.InTx(ctx, r.cfg.Pool, func(tx pgx.Tx) error {
		return r.queries.WithTx(tx).HoldUserIDs(ctx, db.HoldUserIDsParams{Upto: r.held}) // check: import-ids-held
	})
	return postgres.Safe(err)
}

// store stores some rows in one transaction. If a constraint refuses them, it halves them until the row is found.
func (r *run) store(ctx context.Context, rows []candidate) (outcomes []outcome, err error) {
	// Each attempt looks all up again, in a transaction that sees what was committed before.
	for range attempts {
		// The transaction may be repeated after a deadlock, so nothing of an earlier plan is used.
		var p *plan
		err = postgres.InTx(ctx, r.cfg.Pool, func(tx pgx.Tx) (err error) {
			if p, err = r.plan(ctx, r.queries.WithTx(tx), rows); err == nil {
				err = p.store(ctx)
			}
			if err == nil && r.cfg.DryRun { // check: import-dry
				err = errDry
			}
			return err
		})
		if err == nil || errors.Is(err, errDry) {
			r.seen.add(p)
			return p.outcomes, nil
		}
		// Another attempt would meet the same value again.
		if !raced(err) {
			break
		}
	}
	switch {
	case !refusedBy(err):
		return nil, postgres.Safe(err)
	case len(rows) == 1:
		// The name of the constraint says what is wrong. It has no value of the row.
		return []outcome{{result: resultRefused, notes: append(rows[0].notes, noteOf(err))}}, nil
	}
	// A bad row among 1,000 costs some twenty more transactions: two for each of ten halvings.
	half := len(rows) / 2
	first, err := r.store(ctx, rows[:half])
	if err != nil {
		return nil, err
	}
	second, err := r.store(ctx, rows[half:])
	return append(first, second...), err
}

// raced reports whether something that was free is taken, or an inviter is gone, since it was looked up.
func raced(err error) bool {
	// A deadlock is repeated by package postgres.
	switch code := codeOf(err); code {
	case "23505", "23503": // unique_violation, foreign_key_violation
		return true
	}
	return false
}

// refusedBy reports whether the table refuses a value: an integrity constraint is violated, or a value is out of the
// range of its type.
func refusedBy(err error) bool {
	// The look-ups prevent conflicts, so what is left are values that no rule of this package checks.
	code := codeOf(err)
	return strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23")
}

// codeOf returns the SQLSTATE of an answer of the server, "" for another error.
func codeOf(err error) string {
	if answer := (*postgres.ServerError)(nil); errors.As(postgres.Safe(err), &answer) {
		return answer.Code
	}
	return ""
}

// noteOf returns what the report says about a row that the table refuses.
func noteOf(err error) string {
	if name := postgres.Constraint(err); name != "" {
		return name
	}
	return "SQLSTATE " + codeOf(err)
}

// link gives users their inviters, if these were imported after them, and counts the users that wait on.
func (r *run) link(ctx context.Context) error {
	// Rows of earlier files of the source are among them.
	next := db.WaitingForInviterParams{Source: r.cfg.Source}
	for {
		waiting, err := r.queries.WaitingForInviter(ctx, next)
		if err != nil || len(waiting) == 0 {
			return postgres.Safe(err)
		}
		next.After = waiting[len(waiting)-1].SourceID
		left := 0
		err = postgres.InTx(ctx, r.cfg.Pool, func(tx pgx.Tx) error {
			q := r.queries.WithTx(tx)
			ids := make([]string, len(waiting))
			for i, w := range waiting {
				ids[i] = w.ParentID
			}
			known, err := q.ImportedBefore(ctx, db.ImportedBeforeParams{Source: r.cfg.Source, SourceIds: ids})
			if err != nil {
				return err
			}
			// An inviter that was deleted stays missing.
			parents := map[string]int64{}
			for _, k := range known {
				if !k.Gone {
					parents[k.SourceID] = k.UserID
				}
			}
			// A user that got an inviter in another way keeps it.
			links := db.LinkInvitedParams{Source: r.cfg.Source}
			for _, w := range waiting {
				if parent := parents[w.ParentID]; parent != 0 {
					links.SourceIds, links.UserIds = append(links.SourceIds, w.SourceID), append(links.UserIds, w.UserID)
					links.ParentIds = append(links.ParentIds, parent)
				}
			}
			left = len(waiting) - len(links.UserIds)
			return q.LinkInvited(ctx, links)
		})
		if err != nil {
			return postgres.Safe(err)
		}
		r.counts.Waiting += int64(left)
	}
}
