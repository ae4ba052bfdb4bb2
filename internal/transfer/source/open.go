package source

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/transfer/source/mysqldump"
)

// The formats of files.
const (
	FromNDJSON   = "ndjson"   // that of enroll user export
	FromAnQiCMS  = "anqicms"  // a dump of AnQiCMS's database, or its table users as CSV
	FromKeycloak = "keycloak" // an export of a realm, or of its users
	FromDjango   = "django"   // manage.py dumpdata auth.user
	FromAuth0    = "auth0"    // a bulk import, an export by the API, or an export of hashes
	FromFirebase = "firebase" // firebase auth:export, as JSON
	FromCSV      = "csv"      // the members of NDJSON as columns
	FromSupabase = "supabase" // auth.users as CSV
	FromKratos   = "kratos"   // GET /admin/identities?include_credential=password
)

// Formats returns the names of the formats: that of Enroll, and those of other systems.
func Formats() []string {
	return []string{
		FromNDJSON, FromCSV, FromAnQiCMS, FromAuth0, FromDjango, FromFirebase, FromKeycloak, FromKratos, FromSupabase,
	}
}

// ErrFrom reports a format that is none of [Formats].
var ErrFrom = errors.New("the format is one of " + strings.Join(Formats(), ", "))

// Options decide about rows what no file says.
type Options struct {
	// Firebase has the parameters of its hashes, without which [FromFirebase] cannot be read.
	Firebase FirebaseHash
	// Phones says that the operator vouches for the phones that the source has not verified.
	Phones bool
	// Emails says so of the emails that Supabase has confirmed, perhaps without a message.
	Emails bool
	// Now is the time with which the end of a ban is compared.
	Now time.Time
}

// Reader reads the rows of a file. It has one implementation for each format, and gives each row the members that
// Enroll's own format has: the rules of an import are then the same for all.
type Reader interface {
	// Next returns io.EOF after the last row. Any other error is one of the file, whose rows before it are good.
	Next() (Record, error)
}

// Open reads the first line of a file, which shows whether the file has the format. It returns one of the errors of
// this package if not.
func Open(format string, in io.Reader, o Options) (Reader, error) {
	// The formats of other systems are read as they are, so that no program has to translate them before.
	switch format {
	case FromNDJSON:
		return newReader(in)
	case FromAnQiCMS:
		return openAnqicms(in, o.Phones)
	case FromKeycloak:
		return newArray(in, keycloak)
	case FromDjango:
		return newArray(in, django)
	case FromAuth0:
		return newValues(in, newAuth0(o.Phones))
	case FromCSV:
		return newMembers(in)
	case FromSupabase:
		return newSupabase(in, o.Phones, o.Emails, o.Now)
	case FromKratos:
		return newValues(in, newKratos(o.Phones))
	case FromFirebase:
		// An import without these parameters would refuse each row that has a hash.
		if o.Firebase == (FirebaseHash{}) {
			return nil, ErrFirebaseHash
		}
		return newArray(in, newFirebase(o.Firebase))
	}
	return nil, ErrFrom
}

// CutOff reports whether an error is of a file that has lost lines. The rows that were read are whole.
func CutOff(err error) bool {
	// Formats without a last line cannot show it.
	for _, lost := range []error{ErrCutOff, ErrCount, ErrBehind, ErrArray, mysqldump.ErrCutOff} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}
