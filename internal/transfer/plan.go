package transfer

import (
	"context"
	"slices"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// plan has what is decided about each row of a batch, from what the database has at the time.
type plan struct {
	*run
	// All look-ups and changes are of one transaction.
	queries *db.Queries // of the transaction
	rows    []candidate
	// One for each row, in the same order.
	outcomes []outcome
	users    []db.ImportUsersParams // of the rows that are imported
	index    []int                  // the row of each of users
	notes    []db.NoteImportedParams
	before   map[source.ID]db.ImportedBeforeRow
	claims   claims
	evicted  []emailOf
}

// emailOf is an email of a site.
type emailOf struct {
	site int64
	key  string
}

// plan looks up what is in the way of the rows, and decides what becomes of each.
func (r *run) plan(ctx context.Context, q *db.Queries, rows []candidate) (*plan, error) {
	// There are at most three look-ups for the whole batch, and none for a single row.
	p := &plan{run: r, queries: q, rows: rows, outcomes: make([]outcome, len(rows))}
	if err := p.knowBefore(ctx); err != nil {
		return nil, err
	}
	if err := p.knowOthers(ctx); err != nil {
		return nil, err
	}
	read := map[source.ID]bool{} // rows of this batch
	// The order of the file decides: an earlier row has claimed what it keeps.
	for i, c := range rows {
		o := &p.outcomes[i]
		known, isKnown := p.before[c.source]
		switch {
		// A refused row claims nothing.
		case c.refused:
			o.result, o.notes = resultRefused, c.notes
		case isKnown && known.Gone: // check: import-not-revived
			o.result, o.notes = resultRefused, []string{source.NoteDeleted}
		// The first row with an id counts. The second may be another user whose id was mistyped or rounded.
		case isKnown && known.Now || read[c.source] || p.seen.imported(c.source): // check: import-id-repeated
			o.result, o.notes = resultRefused, []string{noteRepeated}
		// The first row may be of an earlier run, which has stopped before the second one.
		case isKnown && c.another(known): // check: import-id-of-another
			o.result, o.notes = resultRefused, []string{noteRepeated}
		case isKnown: // check: import-once
			o.result, o.user = resultPresent, known.UserID
		default:
			p.decide(i)
			// The next row with this id may have what this one lacked.
			read[c.source] = o.result != resultRefused
		}
	}
	if err := p.holdGroups(ctx); err != nil {
		return nil, err
	}
	if err := p.complete(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// another reports whether a row is of another user than an earlier row with its id: it has another fingerprint, and no
// identifier of the user that the earlier one has become. A later file of the source may have a changed row, and the
// user may have changed here.
func (c *candidate) another(r db.ImportedBeforeRow) bool {
	// Rows that the version before has imported have no fingerprint, and count as those of the same user.
	return r.Fingerprint != nil && *r.Fingerprint != c.fingerprint &&
		!c.alike(known{r.SiteID, r.UserNameKey, r.EmailKey, r.Phone, r.InviteCode})
}

// holdGroups keeps the groups of the users from being deleted before the end of the transaction. Users of a group that
// was deleted since the import has begun get the default group, which needs no row.
func (p *plan) holdGroups(ctx context.Context) error {
	// A batch of 1,000 users has few groups. The lock is that of a foreign key: groups can be changed meanwhile.
	var ask db.HoldGroupsParams
	asked := map[groupKey]bool{}
	for _, row := range p.users {
		at := groupKey{row.SiteID, row.GroupID}
		if row.GroupID != p.defaultGroup && !asked[at] {
			asked[at] = true
			ask.SiteIds, ask.Ids = append(ask.SiteIds, at.site), append(ask.Ids, at.id)
		}
	}
	// A dry run has not made the groups of the file.
	if len(ask.Ids) == 0 || p.cfg.DryRun {
		return nil
	}
	// An operator that deletes one of them is waited for.
	found, err := p.queries.HoldGroups(ctx, ask)
	for _, g := range found {
		delete(asked, groupKey{g.SiteID, g.ID})
	}
	for n := range p.users {
		row, o := &p.users[n], &p.outcomes[p.index[n]]
		if asked[groupKey{row.SiteID, row.GroupID}] { // check: import-group-gone
			row.GroupID = p.defaultGroup
			o.notes = append(o.notes, noteGroup)
		}
	}
	return err
}

// knowBefore looks up which rows were imported before, and which inviters.
func (p *plan) knowBefore(ctx context.Context) error {
	ids := db.ImportedBeforeParams{Source: p.cfg.Source, RunAt: p.at}
	// A row and its inviter are asked for together.
	for _, c := range p.rows {
		for _, id := range []source.ID{c.source, c.parent} {
			if id != "" {
				ids.SourceIds = append(ids.SourceIds, string(id))
			}
		}
	}
	// An inviter of many is asked for once.
	slices.Sort(ids.SourceIds)
	ids.SourceIds = slices.Compact(ids.SourceIds)
	// The primary key has the source first, so each id is one look-up of the index.
	found, err := p.queries.ImportedBefore(ctx, ids)
	p.before = map[source.ID]db.ImportedBeforeRow{}
	for _, f := range found {
		p.before[source.ID(f.SourceID)] = f
	}
	return err
}

// knowOthers looks up the users that have an id or an identifier of the rows, and the names that are reserved.
func (p *plan) knowOthers(ctx context.Context) error {
	var ask db.UsersInTheWayParams
	kept := db.KeptNamesAmongParams{Now: p.at}
	// Rows that were imported before are in the way of nothing.
	for _, c := range p.rows {
		if _, isKnown := p.before[c.source]; c.refused || isKnown {
			continue
		}
		// The columns are parallel lists, because a parameter of PostgreSQL cannot be a list of rows.
		row := c.row
		ask.Ids, ask.SiteIds = append(ask.Ids, row.ID), append(ask.SiteIds, row.SiteID)
		ask.UserNameKeys = append(ask.UserNameKeys, postgres.OrZero(row.UserNameKey))
		ask.UserNameSkeletons = append(ask.UserNameSkeletons, postgres.OrZero(row.UserNameSkeleton))
		ask.EmailKeys = append(ask.EmailKeys, postgres.OrZero(row.EmailKey))
		ask.Phones = append(ask.Phones, postgres.OrZero(row.Phone))
		ask.InviteCodes = append(ask.InviteCodes, row.InviteCode)
		for _, mac := range p.macs(row) {
			kept.SiteIds, kept.NameMacs = append(kept.SiteIds, row.SiteID), append(kept.NameMacs, mac)
		}
	}
	found, err := p.queries.UsersInTheWay(ctx, ask)
	if err != nil {
		return err
	}
	// What the database has comes before each row of the file.
	p.claims = newClaims(p.seen)
	for _, u := range found {
		p.claims.user(u)
	}
	// The deployment may reserve no names, and most databases have few of them.
	if len(kept.NameMacs) == 0 {
		return nil
	}
	macs, err := p.queries.KeptNamesAmong(ctx, kept)
	for _, mac := range macs {
		p.claims.kept[string(mac)] = true
	}
	return err
}

// macs returns the hashes that reserve the name of a row.
func (p *plan) macs(row db.ImportUsersParams) [][]byte {
	// A name that is left out has no hashes.
	return p.rules.Names.MACs(row.SiteID, postgres.OrZero(row.UserNameKey), postgres.OrZero(row.UserNameSkeleton))
}

// decide decides what becomes of a row that was not imported before. The row loses what others have.
func (p *plan) decide(i int) {
	// The row is a copy, which loses what others have. The candidate stays for another attempt.
	c, o := p.rows[i], &p.outcomes[i]
	row, notes := c.row, slices.Clone(c.notes)
	note := func(field string, reason refusal.Reason) { notes = append(notes, field+": "+string(reason)) }
	// The same user: an export that is imported where it comes from, or whose import is older than imported_users.
	if user := p.claims.same(c); user != 0 {
		o.result, o.user = resultPresent, user
		p.notes = append(p.notes, db.NoteImportedParams{
			Source: p.cfg.Source, SourceID: string(c.source), UserID: user, Fingerprint: &c.fingerprint,
		})
		return
	}
	// check: import-reserved
	reserved := slices.ContainsFunc(p.macs(row), func(m []byte) bool { return p.claims.kept[string(m)] })
	if reserved || p.claims.nameTaken(row) {
		note("user_name", refusal.UserNameTaken)
		row.UserName, row.UserNameKey, row.UserNameSkeleton, row.UserNameChangedAt = nil, nil, nil, nil
	}
	// The times of changes go with their identifiers.
	if p.claims.phoneTaken(row) {
		note("phone", refusal.PhoneTaken)
		row.Phone, row.PhoneSince = nil, nil
	}
	loser, may := p.claims.email(row)
	if !may {
		note("email", refusal.EmailTaken)
		row.Email, row.EmailKey, row.EmailVerifiedAt, row.EmailSince = nil, nil, nil, nil
	}
	// What the row has lost may have been its only way in.
	if !hasWayIn(row) { // check: import-way-in
		note("row", refusal.IdentifierNeeded)
		o.result, o.notes = resultRefused, notes
		return
	}
	// From here on the row is imported.
	p.evict(row, loser, &notes)
	if p.claims.idTaken(row) {
		row.ID = 0
	}
	// Rows of other systems have no id that a user can have. complete draws one.
	if row.ID == 0 {
		notes = append(notes, noteID)
	}
	// An invite code has one owner in a site. Without a code of its own the row gets a new one (complete).
	if !keptInvite(row.InviteCode) || p.claims.inviteTaken(row) {
		if row.InviteCode != "" {
			notes = append(notes, noteInvite)
		}
		row.InviteCode = ""
	}
	p.claims.add(row, i)
	o.result, o.notes = resultImported, notes
	p.users, p.index = append(p.users, row), append(p.index, i)
}

// evict takes an email that a row has verified from the one that has it unverified.
func (p *plan) evict(row db.ImportUsersParams, loser int, notes *[]string) {
	switch {
	// The earlier user has another way in, by a constraint.
	case loser == ofDatabase, loser == ofEarlier:
		p.evicted = append(p.evicted, emailOf{row.SiteID, *row.EmailKey})
		*notes = append(*notes, noteTakes)
	case loser >= 0: // an earlier row of this batch
		for n, i := range p.index {
			// The row keeps its other identifiers: an unverified email is never the only way in.
			if i == loser {
				p.users[n].Email, p.users[n].EmailKey, p.users[n].EmailSince = nil, nil, nil
			}
		}
		p.outcomes[loser].notes = append(p.outcomes[loser].notes, noteEvicted)
	}
}

// complete gives the users what they lack: ids, invite codes and inviters.
func (p *plan) complete(ctx context.Context) error {
	// The ids are drawn together, and known before the rows are sent: rows may refer to each other.
	missing := 0
	for _, row := range p.users {
		if row.ID == 0 {
			missing++
		}
	}
	var drawn []int64
	if missing > 0 {
		var err error
		if drawn, err = p.queries.DrawUserIDs(ctx, db.DrawUserIDsParams{Amount: int32(missing)}); err != nil {
			return err
		}
	}
	// Inviters are found among these even if their row comes later.
	users := map[source.ID]int64{} // of this batch
	for n := range p.users {
		row, i := &p.users[n], p.index[n]
		if row.ID == 0 {
			row.ID, drawn = drawn[0], drawn[1:]
		}
		if row.InviteCode == "" {
			// As after a registration, each user can invite others.
			code, err := invite.New(p.rules.Rand)
			if err != nil {
				return err
			}
			row.InviteCode = code
		}
		p.outcomes[i].user, users[p.rows[i].source] = row.ID, row.ID
	}
	for n := range p.users {
		p.inviter(n, users)
	}
	return nil
}

// inviter sets the inviter of a user, or notes that it waits for it.
func (p *plan) inviter(n int, users map[source.ID]int64) {
	i := p.index[n]
	c, o := p.rows[i], &p.outcomes[i]
	imported := db.NoteImportedParams{
		Source: p.cfg.Source, SourceID: string(c.source), UserID: p.users[n].ID, Fingerprint: &p.rows[i].fingerprint,
	}
	// The inviter is a row of this batch, or was imported before. It cannot be both.
	parent := users[c.parent]
	if known, ok := p.before[c.parent]; ok && !known.Gone {
		parent = known.UserID
	}
	switch {
	case c.parent == "" || p.before[c.parent].Gone:
	case parent != 0:
		p.users[n].ParentID = &parent
	case p.seen.imported(c.parent):
	default:
		// The row is linked at the end of the import, or of a later one.
		waits := string(c.parent)
		imported.ParentID = &waits
		o.notes = append(o.notes, noteNoParent)
	}
	if len(o.notes) > 0 {
		o.result = resultChanged
	}
	p.notes = append(p.notes, imported)
}

// store carries the plan out.
func (p *plan) store(ctx context.Context) error {
	for _, e := range p.evicted { // check: import-evicts
		err := p.queries.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{SiteID: e.site, EmailKey: e.key, Now: p.at})
		if err != nil {
			return err
		}
	}
	// An empty COPY would be two round trips.
	if len(p.users) > 0 {
		// Otherwise programs that follow the events would get one for each imported user, perhaps a million.
		if err := p.queries.ImportQuietly(ctx); err != nil { // check: import-quiet
			return err
		}
		if _, err := p.queries.ImportUsers(ctx, p.users); err != nil {
			return err
		}
	}
	// The users and their notes are committed together, so that none is imported twice.
	if len(p.notes) > 0 {
		if _, err := p.queries.NoteImported(ctx, p.notes); err != nil {
			return err
		}
	}
	return nil
}
