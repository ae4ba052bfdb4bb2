package transfer

import (
	"fmt"
	"regexp"

	"github.com/enroll-project/enroll/internal/transfer/source"
)

// sourceName is the constraint of the database on the name of a source.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

// The results of a row. They are words, because people search a report for them in an editor. Each row has one: a row
// that is missing in a report was not reached.
const (
	resultImported = "imported"
	resultChanged  = "changed"
	resultPresent  = "present"
	resultRefused  = "refused"
)

// line is a line of the report. It names a user by its ids and has no value of the file: a report may be mailed.
type line struct {
	Line int64     `json:"line"` // of the file, from 1
	Kind string    `json:"kind"`
	ID   source.ID `json:"id"`                // in the source; "" if the line cannot be read
	User int64     `json:"user_id,omitempty"` // that the row has become; of a dry run, it may be another one
	// One of the four values above.
	Result string `json:"result"`
	// Notes are members with what has become of each, or why the row is refused.
	Notes []string `json:"notes,omitempty"`
}

// report writes a line, if there is a report.
func (r *run) report(l line) error {
	if r.cfg.Report == nil {
		return nil
	}
	// A report that cannot be written ends the import: its reader would take missing rows for refused ones.
	text, err := source.Encode(l)
	if err == nil {
		_, err = r.cfg.Report.Write(text)
	}
	if err != nil {
		return fmt.Errorf("transfer: write the report: %w", err)
	}
	return nil
}

// outcome is what has become of a candidate. Its notes begin with those of the candidate. A row that was imported
// before has no notes: what was left out then is in the report of that run.
type outcome struct {
	result string
	user   int64
	notes  []string
}

// account adds a batch to the counts and to the report. It is called once for each batch, after its commit. If the
// report cannot be written, the batch stays imported, and a repetition of the import reports its rows as present.
// Progress gets the counts with the whole batch.
func (r *run) account(batch []candidate, outcomes []outcome) error {
	// The order is that of the file, also if the batch was halved.
	for i, o := range outcomes {
		r.counts.Rows++
		switch o.result {
		case resultImported:
			r.counts.Imported++
		case resultChanged:
			r.counts.Changed++
		case resultPresent:
			r.counts.Present++
		default:
			r.counts.Refused++
		}
		err := r.report(line{batch[i].line, source.KindUser, batch[i].source, o.user, o.result, o.notes})
		if err != nil {
			return err
		}
	}
	if r.cfg.Progress != nil {
		r.cfg.Progress(r.counts)
	}
	return nil
}
