package admin

import (
	"cmp"
	"context"
	"time"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/event"
)

// Events have a scope of their own: a program that follows changes need not read or change users. What it gets has no
// name and no address, so it needs users:read as well to learn more about a user. What it follows is written by the
// database, so no operation makes, changes or deletes an event: a replay sends one again.

// anySite returns the site of a list of events or of the audit log, or of a replay. Unlike the lists of a site, these
// are for all sites that the key is for, which is 0 for all: a program that follows the events would otherwise need a
// loop for each.
func (c *call) anySite(sent int32) (int64, error) {
	site := cmp.Or(int64(sent), c.key.Site())
	if site != 0 && !c.key.OfSite(site) { // check: admin-events-site
		return 0, &refusal{reason: "site_not_allowed"}
	}
	return site, nil
}

// ListEvents is the operation listEvents.
func (h *handlers) ListEvents(
	ctx context.Context, req gen.ListEventsRequestObject,
) (gen.ListEventsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	site, err := c.anySite(p.Site)
	if err != nil {
		return nil, err
	}
	f := event.Filter{
		Site: site, User: p.UserID, Type: event.Type(p.Type), Cursor: p.Cursor, Page: cmp.Or(p.Limit, defaultPage),
	}
	// 0 means "not given", as for every number in a query.
	if p.From != 0 {
		f.From = time.Unix(p.From, 0)
	}
	if p.Until != 0 {
		f.Until = time.Unix(p.Until, 0)
	}
	// The cursor is opaque here: package event makes and reads it.
	page, err := h.config.Events.List(ctx, f)
	if err != nil {
		return nil, err
	}
	// If there are no events, this is an empty array and not null. The answer has a cursor then, too.
	list := gen.EventList{Events: make([]gen.Event, 0, len(page.Events)), NextCursor: page.Next, More: page.More}
	for _, e := range page.Events {
		list.Events = append(list.Events, gen.Event{
			ID: e.ID, Time: e.At.Unix(), Type: string(e.Type), SiteID: e.Site, UserID: e.User, Seq: e.Seq, Fields: e.Fields,
		})
	}
	return gen.ListEvents200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: list}, nil
}

// ListSetAsideEvents is the operation listSetAsideEvents. The list has names of receivers and no URL: a URL may hold a
// key.
func (h *handlers) ListSetAsideEvents(
	ctx context.Context, req gen.ListSetAsideEventsRequestObject,
) (gen.ListSetAsideEventsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	// What is set aside of a user is as much a fact about it as its events are, so the site of the key holds here, too.
	site, err := c.anySite(p.Site)
	if err != nil {
		return nil, err
	}
	// A receiver that is not configured any more is accepted, too: its events are kept like those of the others.
	page, err := h.config.Events.SetAside(ctx, event.AsideFilter{
		Receiver: p.Receiver, Site: site, User: p.UserID, Cursor: p.Cursor, Page: cmp.Or(p.Limit, defaultPage),
	})
	if err != nil {
		return nil, err
	}
	// As above, an empty array and not null. The cursor is empty after the last page, because this list has an end,
	// unlike the log of events.
	list := gen.SetAsideList{Events: make([]gen.SetAsideEvent, 0, len(page.Events)), NextCursor: page.Next}
	// The event has the same names of fields as in listEvents, so that a program can read both by the same code.
	for _, e := range page.Events {
		list.Events = append(list.Events, gen.SetAsideEvent{
			Receiver: e.Receiver, WebhookID: e.WebhookID, SetAsideTime: e.Since.Unix(), Tries: e.Tries, Failure: e.Failure,
			ID: e.ID, Time: e.At.Unix(), Type: string(e.Type), SiteID: e.Site, UserID: e.User, Seq: e.Seq, Fields: e.Fields,
		})
	}
	return gen.ListSetAsideEvents200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: list}, nil
}

// ReplayEvents is the operation replayEvents. It has a scope of its own, because a program that only reads the events
// must not have millions of them sent. A repetition after a lost answer finds nothing left to replay, and so does no
// harm.
func (h *handlers) ReplayEvents(
	ctx context.Context, req gen.ReplayEventsRequestObject,
) (gen.ReplayEventsResponseObject, error) {
	c, b := callOf(ctx), req.Body
	// A key of one site selects the events of that site, as in the lists. A user of another site has none among them.
	site, err := c.anySite(b.Site) // check: admin-replay-site
	if err != nil {
		return nil, err
	}
	// An absent or null field is 0 or "" here, which selects all.
	replay := event.Replay{
		By: c.actor(), Receiver: b.Receiver, Site: site, User: b.UserID,
		WebhookID: b.WebhookID, After: b.After, Cursor: b.Cursor, DryRun: req.Params.DryRun,
	}
	if b.Since != 0 {
		replay.Since = time.Unix(b.Since, 0)
	}
	done, err := h.config.Events.Replay(ctx, replay)
	if err != nil {
		return nil, err
	}
	// The answer comes before the events are sent: a receiver may be slow, and its failures are in the list again.
	return gen.ReplayEvents200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.Replay{
		Replayed: done.Events, Purged: done.Purged, NextCursor: done.Next,
	}}, nil
}
