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
// database, so no operation makes, changes or deletes an event.

// ListEvents is the operation listEvents. Unlike the lists of a site, it is for all sites that the key is for: a
// program that follows the events would otherwise need a loop for each.
func (h *handlers) ListEvents(
	ctx context.Context, req gen.ListEventsRequestObject,
) (gen.ListEventsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	// 0 is all sites, as the site of a key is.
	site := cmp.Or(int64(p.Site), c.key.Site())
	if site != 0 && !c.key.OfSite(site) { // check: admin-events-site
		return nil, &refusal{reason: "site_not_allowed"}
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
