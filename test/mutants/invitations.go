package main

// ofInvitations has the mutants of invitations that operators make.
var ofInvitations = []mutant{
	{
		name:  "invite: people register without an invitation where one is needed",
		edits: in("signup-invite", "s.config.Signup == SignupInvite", "false"),
		pkg:   "internal/account", tests: "^TestSignupInvite$",
	},
	{
		name:  "invite: a code to register is sent without an invitation",
		edits: in("invited-code", "s.config.Invited && purpose == code.ForRegister", "false"),
		pkg:   "internal/account", tests: "^TestSignupInvite$",
	},
	{
		name:  "invite: a request without an invitation costs a query",
		edits: in("invitation-missing", "n.Required && n.invited()", "false && n.invited()"),
		pkg:   "internal/account", tests: "^TestInvitationIsOver$",
	},
	{
		name:  "invite: an invitation that is over costs a captcha",
		edits: in("invitation-looked-up", "err == nil && !open", "false && !open"),
		pkg:   "internal/account", tests: "^TestInvitationIsOver$",
	},
	{
		name:  "invite: a registration looks its invitation up after it has spent the captcha",
		edits: in("invitation-first", "invite.Look(ctx, s.queries, a.inviter, s.config.Now())", "error(nil)"),
		pkg:   "internal/account", tests: "^TestInvitationIsOver$",
	},
	{
		name:  "invite: an invitation of a cookie that has ended is ignored where one is needed",
		edits: in("invitation-required", `n.Code == "" && !n.Required`, `n.Code == ""`),
		pkg:   "internal/account", tests: "^TestInvitationEndsDuringHash$",
	},
	{
		name: "invite: an invitation is used more often than its quota",
		edits: in("gen/db/invitations.sql.go", `    AND i.used < i.quota
    AND (i.bound_mac IS NULL OR i.bound_mac = $4::bytea)
RETURNING`, `    AND (i.bound_mac IS NULL OR i.bound_mac = $4::bytea)
RETURNING`),
		pkg: "internal/account", tests: "^TestInvitationWhereOpen$",
	},
	{
		name: "invite: a bound address need not be proved",
		edits: in("internal/invite/operator.go", `	if n.Proves.Address == "" {
		return nil
	}
	return BoundMAC(invited, n.Proves.Channel, n.Proves.Address)`, `	return BoundMAC(invited, "email", n.Proves.Address)`),
		pkg: "internal/account", tests: "^TestBoundInvitation$",
	},
	{
		name:  "invite: the user does not say by which invitation it came",
		edits: in("invitation-stored", "newcomer.InvitationID = used.Invitation", "_ = used.Invitation"),
		pkg:   "internal/account", tests: "^TestSignupInvite$",
	},
	{
		name:  "invite: a list of the users of an invitation has all users",
		edits: in("list-of-invitation", "f.Invitation != 0", "false"),
		pkg:   "internal/operator", tests: "^TestLists$",
	},
	{
		name:  "invite: an invitation is made for a site that is not served",
		edits: in("invitation-site", "s.site(n.Site)", "error(nil)"),
		pkg:   "internal/operator", tests: "^TestInvitationRefused$",
	},
	{
		name:  "invite: an invitation is purged when it ends",
		edits: in("invitation-kept", "now.Add(-keep)", "now"),
		pkg:   "internal/account", tests: "^TestInvitationsArePurged$",
	},
	{
		name: "invite: an invitation that is used up is never purged",
		edits: in("gen/db/invitations.sql.go", "used_up_at = CASE WHEN i.used + 1 = i.quota THEN",
			"used_up_at = CASE WHEN false THEN"),
		pkg: "internal/account", tests: "^TestInvitationsArePurged$",
	},
	{
		name:  "group: a group is created for a site that is not served",
		edits: in("group-site", "s.site(a.Site)", "error(nil)"),
		pkg:   "internal/admin", tests: "^TestNoSite$",
	},
	{
		name:  "command: keys, groups and invitations are made for a site that is not served",
		edits: in("command-site", "!slices.Contains(d.config.Sites, site)", "!slices.Contains([]int64{site}, site)"),
		pkg:   "internal/command", tests: "^TestOperatorMistakes$",
	},
	{
		name:  "invite: an act on an invitation leaves no entry",
		edits: in("invitation-audited", "err = audit.Add(ctx, q, entry)", "_ = entry"),
		pkg:   "internal/operator", tests: "^TestInvitations$",
	},
	{
		name:  "invite: a dry run makes an invitation",
		edits: in("invitation-dry-run", "err == nil && a.dry", "false"),
		pkg:   "internal/operator", tests: "^TestInvitations$",
	},
}
