package main

// ofProfiles has mutants of the code that stores and shows profiles.
var ofProfiles = []mutant{
	{
		name:  "avatar: any number of pixels is decoded",
		edits: in("avatar-pixels", "if pixels > MaxPixels {", "if pixels > 1<<62 {"),
		pkg:   "internal/avatar", tests: "^TestBombs$",
	},
	{
		name:  "avatar: a decoder may allocate any number of bytes",
		edits: in("avatar-memory", "if h.memory > MaxMemory {", "if h.memory < 0 {"),
		pkg:   "internal/avatar", tests: "^TestBombs$",
	},
	{
		name:  "avatar: a decoder may take any time",
		edits: in("avatar-time", "if err := t.ctx.Err(); err != nil {", "if err := error(nil); err != nil {"),
		pkg:   "internal/avatar", tests: "^TestTimedReader$",
	},
	{
		name:  "avatar: lossless WebP is decoded",
		edits: in("avatar-lossless", `case name == "VP8L", name`, `case name == "none", name`),
		pkg:   "internal/avatar", tests: "^TestInvalid$",
	},
	{
		name:  "avatar: a browser may take it for a page with scripts",
		edits: in("avatar-policy", "default-src 'none'; sandbox", "default-src *"),
		pkg:   "internal/server", tests: "^TestAvatar$",
	},
	{
		name: "avatar: any number of uploads a day",
		edits: in("internal/holder/use.go", "24 * time.Hour, 20, refusal.AvatarTooMany",
			"24 * time.Hour, 2000, refusal.AvatarTooMany"),
		pkg: "internal/server", tests: "^TestAvatarsPerDay$",
	},
	{
		name:  "profile: a birthday may be in the future",
		edits: in("birthday-future", "if born.After(now.Add(24 * time.Hour)) {", "if born.IsZero() {"),
		pkg:   "internal/server", tests: "^TestUpdateUserRefusals$",
	},
	{
		name:  "extra: kept without a schema",
		edits: in("extra-offered", "if described == nil {", "if false {"),
		pkg:   "internal/server", tests: "^TestNoExtra$",
	},
	{
		name:  "extra: the schema is not applied",
		edits: in("extra-schema", "err = s.compiled.Validate(value)", "err = nil"),
		pkg:   "internal/extra", tests: "^TestOffenses$",
	},
	{
		name:  "extra: a schema reads other documents",
		edits: in("extra-no-remote", "return nil, errRemote", "return true, nil"),
		pkg:   "internal/extra", tests: "^TestCompileErrors$",
	},
	{
		name:  "extra: a schema checks a value in any number of ways",
		edits: in("extra-effort", "n > maxEffort {", "n < 0 {"),
		pkg:   "internal/extra", tests: "^TestEffort$",
	},
	{
		name:  "extra: what users send is compiled as a regular expression",
		edits: in("extra-regex", "if cost.regex {", "if false {"),
		pkg:   "internal/extra", tests: "^TestCompileErrors$",
	},
	{
		name:  "extra: patterns of any length are matched",
		edits: in("extra-pattern", " + instructions(s)/10", ""),
		pkg:   "internal/extra", tests: "^TestEffort$",
	},
	{
		name:  "extra: what is sent in the place of a name is repeated",
		edits: in("extra-path", `strings.Trim(name, letters+"0123456789-") == ""`, "true"),
		pkg:   "internal/extra", tests: "^TestOffenses$",
	},
	{
		name:  "extra: of any size",
		edits: in("open-size", "text.Len()-1 > size {", "text.Len() < min(size, 0) {"),
		pkg:   "internal/server", tests: "^TestExtraBounds$",
	},
	{
		name:  "extra: an exponent of any size is computed",
		edits: in("open-exponent", "shift > maxDigits || ", "shift > 500*maxDigits || "),
		pkg:   "internal/contract", tests: "^TestDecimal$",
	},
	{
		name:  "extra: numbers of any length",
		edits: in("open-digits", "err == nil && len(text) <= maxDigits", "err == nil || true"),
		pkg:   "internal/contract", tests: "^TestDecimal$",
	},
	{
		name:  "extra: U+0000 in a name",
		edits: in("open-nul", "if d.open && strings.IndexByte(name, 0) >= 0 {", "if false {"),
		pkg:   "internal/server", tests: "^TestExtraBounds$",
	},
	{
		name:  "contract: an upload of any length is read",
		edits: in("upload-limit-chunked", "http.MaxBytesReader(w, req.Body, limit)", "req.Body"),
		pkg:   "internal/server", tests: "^TestAvatarRefusals$",
	},
	{
		name:  "contract: a file of any size is handed on",
		edits: in("upload-file-limit", "if int64(len(file)) > o.upload.limit {", "if int64(len(file)) < 0 {"),
		pkg:   "internal/server", tests: "^TestAvatarRefusals$",
	},
	{
		name:  "contract: an upload of any type is read",
		edits: in("upload-type", "if !isForm(req.Header) {", "if req.Header == nil {"),
		pkg:   "internal/server", tests: "^TestAvatarRefusals$",
	},
	{
		name:  "upload: a slow client is cut off as with other bodies",
		edits: in("upload-time", "uploadBase + time.Duration(length)*time.Second/uploadRate", "uploadBase"),
		pkg:   "internal/server", tests: "^TestSlowUploads$",
	},
	{
		name:  "upload: a slow client has any time",
		edits: in("upload-time", "uploadBase + time.Duration(length)*time.Second/uploadRate", "time.Hour"),
		pkg:   "internal/server", tests: "^TestSlowUploads$",
	},
	{
		name:  "upload: a client that stalls has all the time of its upload",
		edits: in("upload-stall", "time.Now().Add(uploadStall)", "s.end"),
		pkg:   "internal/server", tests: "^TestSlowUploads$",
	},
	{
		name:  "upload: a slow client uses up the time of the operation",
		edits: in("upload-deadline", "context.WithTimeout(c.Connection,", "context.WithTimeout(req.Context(),"),
		pkg:   "internal/server", tests: "^TestSlowUploads$",
	},
	{
		name: "upload: a client without a token has the time of an upload",
		edits: []edit{
			{"upload-after-token", "s.receive,", ""},
			{"limit-after-validation", "s.authenticate,", "s.receive, s.authenticate,"},
		},
		pkg: "internal/server", tests: "^TestSlowUploads$",
	},
	{
		name:  "recovery: an unverified email is promised as a way back",
		edits: in("recoverable", "u.EmailVerified && ", `u.Email != "" && `),
		pkg:   "internal/server", tests: "^TestRecoverable$",
	},
	{
		name:  "recovery: a phone is promised as a way back without SMS",
		edits: in("recoverable", " && s.config.SMS != nil", ""),
		pkg:   "internal/server", tests: "^TestRecoverable$",
	},
	{
		name:  "groups: a user has the group of another site",
		edits: in("gen/db/sessions.sql.go", "g.site_id = users.site_id AND ", ""),
		pkg:   "internal/server", tests: "^TestGroupInEachUser$",
	},
}
