package source

// NoteDeleted is the note of a user whose system has deleted it. docs/transfer.md explains this note and the others.
const NoteDeleted = "deleted"

// The notes about what a system has and Enroll has not, or what it does not vouch for.
const (
	// A visitor that has nothing to log in by.
	noteAnonymous = "anonymous"
	notePhone     = "phone: not verified"
	noteEmail     = "email: not verified"
	noteNoHashes  = "password_hash: not in the file"
	// A user that logged in by one of these may need a code now.
	noteIdentities = "identities: not imported"
	noteFactors    = "second factors: not imported"
	noteBlocked    = "blocked: not in the file"
)
