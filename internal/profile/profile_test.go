package profile_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/profile"
)

// TestParse: all parts are checked at once, and each refusal names its field.
func TestParse(t *testing.T) {
	t.Parallel()
	good := profile.Profile{RealName: "王 小明", FirstName: "Ann", LastName: "Lee", AvatarURL: "/avatars/a.png"}
	if got, err := profile.Parse(good); err != nil || got != good {
		t.Errorf("%+v, %v", got, err)
	}
	long := strings.Repeat("a", 200)
	_, err := profile.Parse(profile.Profile{RealName: long, FirstName: long, LastName: long, AvatarURL: "//evil.example"})
	want := "real_name: real_name_invalid\nfirst_name: real_name_invalid\nlast_name: real_name_invalid\n" +
		"avatar_url: avatar_url_invalid"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
