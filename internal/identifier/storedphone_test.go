package identifier_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestStoredPhonesStay: testdata/phones.txt has a phone of each country as users have it stored, and some that are no
// mobile numbers of today's plans. None gets another form, at a log-in or in a migration. If newer metadata change one,
// add the change to the renumberings and raise DataVersion, so that `enroll migrate` computes the forms again, and then
// change the list.
func TestStoredPhonesStay(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/phones.txt")
	if err != nil {
		t.Fatal(err)
	}
	rules := phoneRules(t, "CN")
	phones := strings.Fields(string(text))
	if len(phones) < 230 {
		t.Errorf("the list has %d phones", len(phones))
	}
	for _, stored := range phones {
		if !regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`).MatchString(stored) {
			t.Errorf("%q is not a phone in E.164", stored)
		}
		if got := identifier.CurrentPhone(stored); got != stored {
			t.Errorf("a migration makes %s of %s", got, stored)
		}
		if got, ok := rules.Login(stored); !ok || got != stored {
			t.Errorf("a login by %s looks for %q", stored, got)
		}
	}
}
