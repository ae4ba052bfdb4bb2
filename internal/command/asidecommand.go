package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/enroll-project/enroll/internal/event"
)

// asideLine is an event that is set aside in --json, as in the admin API.
type asideLine struct {
	Receiver  string `json:"receiver"`
	WebhookID string `json:"webhook_id"`
	Since     int64  `json:"set_aside_time"`
	Tries     int32  `json:"tries"`
	Failure   string `json:"failure"`
	// The fields of the event have the names that they have in event list.
	eventLine
}

// eventSetAside returns the command that lists the events that receivers have not accepted. It also lists those of a
// receiver that ENROLL_EVENTS_URL does not name any more.
func (d *desk) eventSetAside() *cobra.Command {
	// A filter without values lists all, of all receivers and sites.
	f := event.AsideFilter{}
	// Reading leaves no entry in the audit log, and needs neither ENROLL_EVENTS_URL nor a running service.
	c := &cobra.Command{Use: "set-aside", Short: "list the events that receivers have not accepted", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		// --receiver is not compared with ENROLL_EVENTS_URL: what was set aside for an earlier receiver is listed by its
		// name.
		// The same list as that of the admin API, so that a person and a program see the same events.
		log, err := d.events(c.Context())
		if err != nil {
			return err
		}
		// The events of one user may be far behind those of others. A person wants to see them by one command, so pages
		// without any are passed over. Each of them is short work for the database.
		page, err := log.SetAside(c.Context(), f)
		for err == nil && page.Next != "" && len(page.Events) == 0 {
			f.Cursor = page.Next
			page, err = log.SetAside(c.Context(), f)
		}
		if err != nil {
			return err
		}
		return d.printAside(page)
	}
	// The default is all sites, as for event list.
	c.Flags().StringVar(&f.Receiver, "receiver", "", "only for this receiver, by its name")
	c.Flags().Int64Var(&f.Site, "site", 0, "only of this site")
	// A user that was deleted has events, too, so the id is not looked up.
	c.Flags().Int64Var(&f.User, "user", 0, "only of this user")
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("events at most, up to %d", event.MaxPage))
	// The cursor is a place and not a number of rows, so a page is right also if rows before it are gone meanwhile.
	c.Flags().StringVar(&f.Cursor, "cursor", "", "the cursor that the list before has printed")
	return c
}

// printAside prints a page. The webhook-id comes last, since it is the widest column, and names the user and the number
// of the event.
func (d *desk) printAside(page event.AsidePage) error {
	// Empty and not nil, so that JSON has an empty list and not null. The table has no time of the event, because an
	// operator looks for when the receiver has begun to fail.
	lines, rows := []asideLine{}, [][]any{}
	// A row has a failure such as "status 502", whose blank is the only one within a cell: the columns behind it shift for
	// programs that split at blanks, which --json is for.
	for _, e := range page.Events {
		lines = append(lines, asideLine{
			Receiver: e.Receiver, WebhookID: e.WebhookID, Since: e.Since.Unix(), Tries: e.Tries, Failure: e.Failure,
			eventLine: eventLineOf(e.Event),
		})
		rows = append(rows, []any{
			e.Receiver, timeCell(&e.Since), e.Type, e.Site, e.User, e.Seq, e.Tries, e.Failure, e.WebhookID,
		})
	}
	// In --json, next_cursor is empty after the last page, as in the admin API: this list has an end.
	err := d.print(map[string]any{"events": lines, "next_cursor": page.Next},
		"RECEIVER\tSET ASIDE\tTYPE\tSITE\tUSER\tSEQ\tTRIES\tFAILURE\tWEBHOOK-ID", rows...)
	if err == nil && page.Next != "" && !d.json {
		_, err = fmt.Fprintln(d.out, "more: add --cursor", page.Next)
	}
	return err
}

// eventReplay returns the command that has events sent again: those that are set aside or, with --since or --after, all
// that a receiver was sent from then on. It sends none itself: the service
// does, within a second of the command, or when it runs again. It needs no --yes: a receiver drops an event that it
// knows by its id.
func (d *desk) eventReplay() *cobra.Command {
	r, since := event.Replay{}, ""
	c := &cobra.Command{Use: "replay RECEIVER",
		Short: "have events sent again that a receiver has not accepted, or has lost", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if r.Since, err = parseMoment("--since", since); err != nil {
			return err
		}
		if err := selects(c.Flags(), r); err != nil {
			return err
		}
		// The selection is checked by Replay, with the same errors as for the admin API. It comes before anything is
		// changed, so a mistyped id replays nothing. No id and no user selects all of the receiver.
		log, err := d.events(c.Context())
		if err != nil {
			return err
		}
		// The receiver has no default, also if there is only one: the command should read the same when a second one comes.
		r.Receiver, r.By, r.DryRun = args[0], atCommandLine(), d.dry
		total, err := replayAll(c.Context(), log, r)
		// What was replayed before an error stays replayed, and the same command goes on with the rest.
		if err != nil && total.Events > 0 && !d.dry {
			err = fmt.Errorf("after %d events, which are sent: %w", total.Events, err)
		}
		if err != nil {
			return err
		}
		d.sayDry("replay")
		return d.print(map[string]any{"receiver": r.Receiver, "replayed": total.Events, "purged": total.Purged},
			"RECEIVER\tREPLAYED\tPURGED", []any{r.Receiver, total.Events, total.Purged})
	}
	// The same filters as in the list, so that a person can look first at what the command will send.
	c.Flags().Int64Var(&r.Site, "site", 0, "only of this site")
	c.Flags().Int64Var(&r.User, "user", 0, "only of this user")
	// The id stands in the list, in the log of the service, and in that of the receiver.
	c.Flags().StringVar(&r.WebhookID, "id", "", "only the event with this webhook-id, and those of its user behind it")
	c.Flags().StringVar(&since, "since", "",
		"all that it was sent of this time (UTC) or later, such as 2026-11-29 or 2026-11-29T16:30:00Z")
	c.Flags().StringVar(&r.After, "after", "", "all that it was sent of later than the event with this webhook-id")
	c.MarkFlagsMutuallyExclusive("id", "since", "after")
	d.actFlags(c)
	return c
}

// selects returns an error if a flag was given that selects nothing, such as --id with a variable that a script has not
// set: without this check it would select all. The contract of the admin API refuses these values, too.
func selects(given *pflag.FlagSet, r event.Replay) error {
	for name, wrong := range map[string]bool{
		"id": r.WebhookID == "", "after": r.After == "", "since": r.Since.IsZero(), "user": r.User < 1, "site": r.Site < 1,
	} {
		if wrong && given.Changed(name) {
			return fmt.Errorf("--%s has no id or time: give one, or leave the flag out", name)
		}
	}
	return nil
}

// replayAll replays page after page, each in a transaction of its own with an entry in the audit log, and returns the
// sums. Users behind the place of a page are not replayed again, also if their events are set aside again meanwhile: so
// the command ends.
func replayAll(ctx context.Context, log events, r event.Replay) (total event.Replayed, err error) {
	for {
		done, err := log.Replay(ctx, r)
		if err != nil {
			return total, err
		}
		total.Events, total.Purged = total.Events+done.Events, total.Purged+done.Purged
		if r.Cursor = done.Next; r.Cursor == "" {
			return total, nil
		}
	}
}
