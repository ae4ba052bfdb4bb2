package remote

import (
	"context"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/servicekey"
)

// Events has the methods of *event.Log that commands call.
type Events struct{ Client *Client }

// List returns the next events that a filter selects. The cursor of a page is that of the database's way: a script that
// has kept one can go on by either.
func (e Events) List(ctx context.Context, f event.Filter) (event.Page, error) {
	site, err := anySite(f.Site)
	if err != nil {
		return event.Page{}, err
	}
	answer, err := e.Client.sdk.ListEvents(ctx, enrolladmin.ListEventsParams{
		Site: site, UserID: given(f.User), Type: given(enrolladmin.ListEventsParamsType(f.Type)),
		From: fromOf(f.From), Until: untilOf(f.Until), Cursor: given(f.Cursor), Limit: pageOf(f.Page, event.MaxPage),
	})
	if err != nil {
		return event.Page{}, errorOf(err, servicekey.EventsRead)
	}
	// The place after the page is there also if the page is empty: a script keeps it.
	page := event.Page{Next: answer.Data.NextCursor, More: answer.Data.More}
	for _, one := range answer.Data.Events {
		page.Events = append(page.Events, event.Event{
			ID: one.ID, Site: one.SiteID, User: one.UserID, Seq: one.Seq, Type: event.Type(one.Type),
			At: timeOf(one.Time), Fields: one.Fields,
		})
	}
	return page, nil
}

// SetAside returns the next events that receivers have not accepted, by receiver, user and number. A page with a filter
// may be empty while Next is not: the caller asks on.
func (e Events) SetAside(ctx context.Context, f event.AsideFilter) (event.AsidePage, error) {
	site, err := anySite(f.Site)
	if err != nil {
		return event.AsidePage{}, err
	}
	answer, err := e.Client.sdk.ListSetAsideEvents(ctx, enrolladmin.ListSetAsideEventsParams{
		Receiver: given(f.Receiver), Site: site, UserID: given(f.User), Cursor: given(f.Cursor),
		Limit: pageOf(f.Page, event.MaxPage),
	})
	if err != nil {
		return event.AsidePage{}, errorOf(err, servicekey.EventsRead)
	}
	page := event.AsidePage{Next: answer.Data.NextCursor}
	for _, one := range answer.Data.Events {
		// The time of the event is in --json only.
		page.Events = append(page.Events, event.SetAside{
			Event: event.Event{
				ID: one.ID, Site: one.SiteID, User: one.UserID, Seq: one.Seq, Type: event.Type(one.Type),
				At: timeOf(one.Time), Fields: one.Fields,
			},
			Receiver: one.Receiver, WebhookID: one.WebhookID, Since: timeOf(one.SetAsideTime), Tries: one.Tries,
			Failure: one.Failure,
		})
	}
	return page, nil
}

// Replay has events sent again, of as many users as the service serves in one call. The caller asks on with Next.
// After a lost answer a repetition is safe: what was replayed is no longer set aside. The receiver must be one of
// the service's own ENROLL_EVENTS_URL.
func (e Events) Replay(ctx context.Context, r event.Replay) (done event.Replayed, err error) {
	site, err := anySite(r.Site)
	if err != nil {
		return done, err
	}
	request := enrolladmin.ReplayRequest{
		Receiver: r.Receiver, UserID: r.User, WebhookID: r.WebhookID, After: r.After, Cursor: r.Cursor,
	}
	if site != nil {
		request.Site = *site
	}
	// A time before 1970 selects all that was sent, as the first second of 1970 does. 0 would select what is set aside.
	if !r.Since.IsZero() {
		request.Since = max(1, r.Since.Unix())
	}
	answer, err := e.Client.sdk.ReplayEvents(ctx, enrolladmin.ReplayEventsParams{DryRun: given(r.DryRun)}, request)
	if err != nil {
		return done, errorOf(err, servicekey.EventsWrite)
	}
	return event.Replayed{
		Events: answer.Data.Replayed, Purged: answer.Data.Purged, Next: answer.Data.NextCursor,
	}, nil
}

// Audit has the method of *audit.Log that commands call.
type Audit struct{ Client *Client }

// List returns the newest entries that a filter selects, the newest first. A key of one site gets those of that site;
// entries without a site, such as those about keys, need a key of all sites.
func (l Audit) List(ctx context.Context, f audit.Filter) ([]audit.Record, error) {
	site, err := anySite(f.Site)
	if err != nil {
		return nil, err
	}
	answer, err := l.Client.sdk.ListAuditEntries(ctx, enrolladmin.ListAuditEntriesParams{
		Site: site, UserID: given(f.User), Before: given(f.Before), Limit: pageOf(f.Page, audit.MaxPage),
	})
	if err != nil {
		return nil, errorOf(err, servicekey.AuditRead)
	}
	// The actor of an entry is of any kind: acts on the database and by other keys are listed, too.
	var all []audit.Record
	for _, e := range answer.Data.Entries {
		all = append(all, audit.Record{ID: e.ID, Entry: audit.Entry{
			By:  audit.Actor{Kind: audit.Kind(e.Actor), Name: e.ActorName, Network: e.Network},
			Act: audit.Act(e.Act), Site: e.SiteID, User: e.UserID, Detail: e.Detail, At: timeOf(e.Time),
		}})
	}
	return all, nil
}
