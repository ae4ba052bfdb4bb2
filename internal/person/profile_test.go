package person_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/person"
)

// TestParse: all parts are checked at once, and each refusal names its field.
func TestParse(t *testing.T) {
	t.Parallel()
	good := person.Basics{RealName: "王 小明", FirstName: "Ann", LastName: "Lee", AvatarURL: "/avatars/a.png"}
	if got, err := good.Parse(); err != nil || got != good {
		t.Errorf("%+v, %v", got, err)
	}
	long := strings.Repeat("a", 200)
	_, err := person.Basics{RealName: long, FirstName: long, LastName: long, AvatarURL: "//evil.example"}.Parse()
	want := "real_name: real_name_invalid\nfirst_name: real_name_invalid\nlast_name: real_name_invalid\n" +
		"avatar_url: avatar_url_invalid"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestEdits: a field that was not sent stays as it is, an empty one is cleared, and all refusals come together.
func TestEdits(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]struct {
		edits person.Edits
		want  db.ChangeProfileParams
		err   string
	}{
		"nothing": {},
		"cleared": {
			edits: person.Edits{
				RealName: new(""), FirstName: new(""), LastName: new(""), AvatarURL: new(""), Introduce: new(""),
				Birthday: new(int64(0)),
			},
			want: db.ChangeProfileParams{
				RealName: new(""), FirstName: new(""), LastName: new(""), AvatarUrl: new(""), Introduce: new(""),
				BirthdayGiven: true,
			},
		},
		"set": {
			edits: person.Edits{LastName: new("Lee"), Introduce: new("a\nb"), Birthday: new(now.Unix() + 86400)},
			want: db.ChangeProfileParams{
				LastName: new("Lee"), Introduce: new("a\nb"), BirthdayGiven: true, Birthday: new(now.UTC().Add(24 * time.Hour)),
			},
		},
		"refused": {
			edits: person.Edits{
				RealName: new("\x07"), AvatarURL: new("//evil.example"), Introduce: new("\x00"), Extra: []byte("{}"),
				Birthday: new(now.Unix() + 86401),
			},
			err: "real_name: real_name_invalid\navatar_url: avatar_url_invalid\nintroduce: introduce_invalid\n" +
				"extra: extra_not_offered\nbirthday: birthday_invalid",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := db.ChangeProfileParams{Now: now}
			c.want.Now = now
			err := c.edits.Fill(&row, nil)
			switch {
			case err == nil && c.err == "" && !reflect.DeepEqual(row, c.want):
				t.Errorf("got  %+v\nwant %+v", row, c.want)
			case err == nil && c.err != "", err != nil && err.Error() != c.err:
				t.Errorf("%v, want %v", err, c.err)
			}
		})
	}
}
