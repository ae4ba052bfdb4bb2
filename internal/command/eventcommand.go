package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/remote"
)

// eventLine is an event in --json, as in the admin API. Fields is empty for other types than user.updated.
type eventLine struct {
	ID     int64    `json:"id"`
	Time   int64    `json:"time"`
	Type   string   `json:"type"`
	Site   int64    `json:"site_id"`
	User   int64    `json:"user_id"`
	Seq    int32    `json:"seq"`
	Fields []string `json:"fields"`
}

// eventCommand has the commands about events. Events are written by the database, so none of these commands makes one.
func (d *desk) eventCommand() *cobra.Command {
	c := &cobra.Command{Use: "event", Short: "read what has happened to users, and have it sent again"}
	c.AddCommand(d.eventList(), d.eventSetAside(), d.eventReplay())
	grouped(c)
	return c
}

// eventList returns the command that lists events. Reading leaves no entry in the audit log.
func (d *desk) eventList() *cobra.Command {
	// The default is all sites, as for the admin API: --site is a filter here.
	f := event.Filter{}
	// These three flags are strings, so that the completion can offer the types, and so that the errors below can say what
	// form the times must have.
	kind, from, until := "", "", ""
	c := &cobra.Command{Use: "list", Short: "list events, the oldest first", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if f.Type = event.Type(kind); kind != "" && !slices.Contains(event.Types(), f.Type) {
			return fmt.Errorf("--type is one of %s", strings.Join(eventTypes(), ", "))
		}
		// Mistakes in flags are found before the database is opened.
		var wrong error
		f.From, wrong = parseMoment("--from", from)
		if wrong != nil {
			return wrong
		}
		if f.Until, wrong = parseMoment("--until", until); wrong != nil {
			return wrong
		}
		log, err := d.events(c.Context())
		if err != nil {
			return err
		}
		// The oldest event comes first, unlike in the audit log: a script reads on where it has stopped.
		page, err := log.List(c.Context(), f)
		// A rare type may need many reads. A person wants to see it, or that there is none, by one command.
		for err == nil && page.More && len(page.Events) == 0 {
			f.Cursor = page.Next
			page, err = log.List(c.Context(), f)
		}
		if err != nil {
			return err
		}
		return d.printEvents(page)
	}
	c.Flags().Int64Var(&f.Site, "site", 0, "only of this site")
	c.Flags().Int64Var(&f.User, "user", 0, "only of this user")
	c.Flags().StringVar(&kind, "type", "", "only of this type, such as user.registered")
	_ = c.RegisterFlagCompletionFunc("type",
		cobra.FixedCompletions(eventTypes(), cobra.ShellCompDirectiveNoFileComp))
	c.Flags().StringVar(&from, "from", "", "at this time (UTC) or later, such as 2026-11-29 or 2026-11-29T16:30:00Z")
	// As in a list of users, the range includes the first moment and excludes the second.
	c.Flags().StringVar(&until, "until", "", "before this time (UTC)")
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("events at most, up to %d", event.MaxPage))
	// The cursor of a list stays valid: a script keeps it and asks again later.
	c.Flags().StringVar(&f.Cursor, "cursor", "", "the cursor that the list before has printed")
	return c
}

// events returns the log of events. It is made here and not in open, because the other commands do not need it.
// event.New requires Keep, although none of these commands purges anything.
func (d *desk) events(ctx context.Context) (events, error) {
	// By the admin API the receivers are those of the service, so no setting is read here.
	if d.by.url != "" {
		client, err := d.by.client(d.environ)
		return remote.Events{Client: client}, err
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	// Package settings has parsed the same texts. Of the receivers, only the names and types are used.
	receivers, err := event.ParseReceivers(d.config.EventsURL, d.config.EventsSecret)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_EVENTS_URL, ENROLL_EVENTS_SECRET: %w", err)
	}
	return event.New(event.Config{Pool: d.pool, Keep: d.config.EventsKeep, Now: d.now, Receivers: receivers})
}

// eventTypes returns the types of events as texts, for the completion of the shell and for an error. The order is that
// of a user's life.
func eventTypes() []string {
	// Completion and the flag work on texts.
	var all []string
	// A type that a later version adds is here, too.
	for _, t := range event.Types() {
		all = append(all, string(t))
	}
	return all
}

// parseMoment parses a day or a time in UTC. Events are minutes old when an operator looks for them, so that a day
// alone would be too coarse. An empty text is the zero time.
func parseMoment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	// The zone of the machine that runs the command does not matter.
	// A time in another zone is accepted, too, if it says which.
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New(flag + " is a day or a time, such as 2026-11-29 or 2026-11-29T16:30:00Z")
}

// eventLineOf returns an event as programs read it.
func eventLineOf(e event.Event) eventLine {
	return eventLine{e.ID, e.At.Unix(), string(e.Type), e.Site, e.User, e.Seq, e.Fields}
}

// printEvents prints a page. In --json, next_cursor is the place after the page, also after the last event, as in the
// admin API. Without --json it is printed only if there are more events.
func (d *desk) printEvents(page event.Page) error {
	// Empty and not nil, so that JSON has an empty list and not null.
	// The order of the fields is that of eventLine.
	lines, rows := []eventLine{}, [][]any{}
	// The page is the whole answer: a longer list is read by its cursor.
	for _, e := range page.Events {
		lines = append(lines, eventLineOf(e))
		// The id is in --json only: it names the event, and people name it by user and number.
		rows = append(rows, []any{timeCell(&e.At), e.Type, e.Site, e.User, e.Seq, orDash(strings.Join(e.Fields, ","))})
	}
	err := d.print(map[string]any{"events": lines, "next_cursor": page.Next, "more": page.More},
		"TIME\tTYPE\tSITE\tUSER\tSEQ\tFIELDS", rows...)
	if err == nil && page.More && !d.json {
		_, err = fmt.Fprintln(d.out, "more: add --cursor", page.Next)
	}
	return err
}
