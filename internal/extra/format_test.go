package extra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/extra"
)

// formats are the formats of JSON Schema from draft 4 to 2020-12 and of the library, without regex, which is refused.
var formats = strings.Fields(`json-pointer relative-json-pointer uuid duration period ipv4 ipv6 ip-address host-name
	hostname email date time date-time uri iri uri-reference iri-reference uri-template semver idn-email idn-hostname
	color phone style utc-millisec`)

// TestFormatsAreLinear: no value of 8 KiB keeps a processor busy because of its format. Each text begins as a
// value of some format does, and then repeats a mark that has a meaning in some format.
func TestFormatsAreLinear(t *testing.T) {
	t.Parallel()
	marks := []string{"a", "é", "１", "0", "00", "(a*)*", "a{1000}", "[", "/", "~1", "{a}", "{", "%41", "%", ":", "::",
		"1.", "a.", "-", "+", "@", "a@", `\"`, "1T", "P1Y", "|", "xn--a.", "#", "?", "&", ";", ",", "<a>", "(", "()", " "}
	for _, format := range formats {
		schema, err := extra.Compile([]byte(`{"properties":{"x":{"format":"` + format + `"}}}`))
		if err != nil {
			t.Fatal(format, err)
		}
		for _, mark := range marks {
			for _, begin := range []string{"", "http://a", "a@[", "P1D/", "2020-01-01T00:00:00.", "1.0.0-a+", `\"`} {
				object := []byte(`{"x":"` + begin + strings.Repeat(mark, 8000/len(mark)) + `"}`)
				// An idle machine needs less than 1 ms. The best of many attempts counts, because on a busy
				// machine some attempt is not interrupted.
				best := time.Hour
				for range 20 {
					start := time.Now()
					if _, err := schema.Offenses("x", object); err != nil {
						t.Fatal(format, err)
					}
					if best = min(best, time.Since(start)); best < 50*time.Millisecond {
						break
					}
				}
				if best >= 50*time.Millisecond {
					t.Errorf("format %s takes %s for %q and %q again and again", format, best, begin, mark)
				}
			}
		}
	}
}
