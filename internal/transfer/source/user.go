package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Format and Version are in the first line of a file. A reader refuses other values.
const (
	Format  = "enroll-users"
	Version = 1
)

// The kinds of lines.
const (
	KindHeader = "header"
	KindGroup  = "group"
	KindUser   = "user"
	KindEnd    = "end"
)

// The values of the member status. They are words, as in the output of the commands, because people read files, too.
const (
	Active   = "active"
	Disabled = "disabled"
	Waiting  = "waiting" // for approval
)

// header is the first line. It has no time and no name of a deployment, so that two exports of the same users are the
// same bytes.
type Header struct {
	Kind    string `json:"kind"`
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Export says that Enroll itself has written the file. Its users have registered by rules that may have changed
	// since, so an import keeps what a login accepts.
	Export bool `json:"export,omitempty"`
}

// group is the line of a group.
type Group struct {
	// Groups of two sites may have one id.
	Kind        string `json:"kind"`
	Site        int64  `json:"site_id"`
	ID          int64  `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Level       int32  `json:"level,omitempty"`
}

// end is the last line.
type End struct {
	// The number is compared, because a file may also lose lines in its middle.
	Kind  string `json:"kind"`
	Users int64  `json:"users"`
}

// User is the line of a user. A missing member has the value that it would have after a registration. Times are
// RFC 3339 in UTC, to the microsecond that the database stores.
type User struct {
	Kind string `json:"kind"`
	// A number is written as one, so that programs can sort the lines.
	ID ID `json:"id"`
	// Without it the site is that of the command. A file of another system mostly has none.
	Site int64 `json:"site_id,omitempty"`
	// The inviter has the id of the file, not the one that it gets here.
	Parent ID `json:"parent_id,omitempty"` // the inviter, by its id in the same source
	// The identifiers are as their users have typed them. Their keys are computed again, by the rules of the
	// deployment that imports them.
	UserName      string     `json:"user_name,omitempty"`
	Email         string     `json:"email,omitempty"`
	EmailVerified *time.Time `json:"email_verified_at,omitempty"` // nil if it is not verified
	Phone         string     `json:"phone,omitempty"`
	// A hash, never a password. It is stored in the form of [password.Stored], and replaced at the next login.
	PasswordHash string `json:"password_hash,omitempty"`
	// The profile has the names and the forms of openapi.yaml.
	RealName  string    `json:"real_name,omitempty"`
	FirstName string    `json:"first_name,omitempty"`
	LastName  string    `json:"last_name,omitempty"`
	AvatarURL string    `json:"avatar_url,omitempty"`
	Introduce string    `json:"introduce,omitempty"`
	Birthday  int64     `json:"birthday,omitempty"` // Unix seconds, as in openapi.yaml; 0 is none
	Extra     extraData `json:"extra,omitempty"`
	// A group that the deployment does not have is replaced by that of new users.
	Group  int64  `json:"group_id,omitempty"`
	Status string `json:"status,omitempty"` // Active, Disabled or Waiting
	// These columns belong to the operator: Enroll stores and shows them, and never changes them.
	Retailer    bool  `json:"is_retailer,omitempty"`
	Balance     int64 `json:"balance,omitempty"`
	TotalReward int64 `json:"total_reward,omitempty"`
	// The invite code goes on working, because people have passed it on.
	InviteCode  string `json:"invite_code,omitempty"`
	InviteLimit *int32 `json:"invite_limit,omitempty"` // nil is any number
	InvitesUsed int32  `json:"invites_used,omitempty"`
	// Without these times the user counts as registered by the import.
	Created   *time.Time `json:"created_at,omitempty"`
	Updated   *time.Time `json:"updated_at,omitempty"`
	LastLogin *time.Time `json:"last_login_at,omitempty"`
	// The other times are NULL if they are missing.
	Expires         *time.Time `json:"expires_at,omitempty"` // the end of the membership of the group
	Delete          *time.Time `json:"delete_at,omitempty"`  // when the user is deleted, by request of the holder
	UserNameChanged *time.Time `json:"user_name_changed_at,omitempty"`
	PhoneSince      *time.Time `json:"phone_since,omitempty"`
	EmailSince      *time.Time `json:"email_since,omitempty"`
	// The terms that the user has accepted last: all three members, or none.
	TermsVersion  string     `json:"terms_version,omitempty"`
	TermsAt       *time.Time `json:"terms_at,omitempty"`
	TermsLanguage string     `json:"terms_language,omitempty"` // BCP 47
}

// extraData is the JSON object of the member extra, as text. encoding/json writes it without blanks.
type extraData = json.RawMessage

// ID is the id of a user in its source: a number, or a text such as a UUID. A number and its decimal text are
// the same id.
type ID string

// maxSourceID bounds an id of a source, in bytes. imported_users has the same bound, in characters.
const maxSourceID = 64

// maxKeptID is the greatest id that is kept. Half of the ids that JavaScript can hold stay free for registrations.
const maxKeptID = 1 << 52

// Number returns the id as a number, or 0 if a user cannot have it as its id.
func (id ID) Number() int64 {
	// Ids of some systems are random 64-bit numbers. Kept, one of them would use up the sequence.
	n, err := strconv.ParseInt(string(id), 10, 64)
	// A text with a sign or leading zeros is another id than its number.
	if err != nil || n < 1 || n > maxKeptID || strconv.FormatInt(n, 10) != string(id) {
		return 0
	}
	return n
}

// MarshalJSON writes a number if the id is one.
func (id ID) MarshalJSON() ([]byte, error) {
	// A number above the bound stays a text, which has each of its digits in every language.
	if id.Number() != 0 {
		return []byte(id), nil
	}
	return json.Marshal(string(id))
}

// errSourceID reports an id that is neither a whole number nor a text of 1 to 64 bytes. 0 is none.
var errSourceID = errors.New("source: not an id")

// UnmarshalJSON reads a number or a text.
func (id *ID) UnmarshalJSON(text []byte) error {
	// The value is not quoted in an error: an email may stand in the wrong column.
	var read string
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(text, &read); err != nil || len(read) > maxSourceID {
			return errSourceID
		}
	} else {
		// A number with a fraction or an exponent is not an id. encoding/json has checked that this is JSON.
		n, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil {
			return errSourceID
		}
		if n != 0 {
			read = strconv.FormatUint(n, 10)
		}
	}
	*id = ID(read)
	return nil
}

// NumberID returns the id of a user whose source has numbers, such as a deployment of Enroll.
func NumberID(id int64) ID { return ID(strconv.FormatInt(id, 10)) }

// Encode returns the line of a value, with its line break. Characters of HTML are not escaped: a file is not a page.
func Encode(line any) ([]byte, error) {
	var b bytes.Buffer
	// A value is encoded as a whole before it is written, so that an error leaves no half line.
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(line)
	return b.Bytes(), err
}
