package server_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/profile"
)

// picture is a JPEG of one color.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	var out bytes.Buffer
	fatal(t, jpeg.Encode(&out, m, nil))
	return out.Bytes()
}

// form returns the body of a form with parts of given names, and its type.
func form(t testing.TB, file []byte, names ...string) (body, media string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, name := range names {
		part, err := w.CreateFormFile(name, "../../"+canary+".svg")
		fatal(t, err)
		_, err = part.Write(file)
		fatal(t, err)
	}
	fatal(t, w.Close())
	return out.String(), w.FormDataContentType()
}

// upload sends a picture in the form that uploadAvatar requires.
func (c *client) upload(file []byte, headers ...string) answer {
	c.Helper()
	body, media := form(c, file, "file")
	return c.do(http.MethodPost, "/api/user/avatar", body, append([]string{"Content-Type", media}, headers...)...)
}

// where is the answer to an upload.
type where struct {
	AvatarURL     string `json:"avatar_url"`
	FullAvatarURL string `json:"full_avatar_url"`
}

// set uploads a picture that becomes the avatar.
func (d *deployment) set(token string, file []byte) (w where) {
	d.Helper()
	a := d.upload(file, "Token", token)
	a.is(d, http.StatusOK, "")
	a.into(d, &w)
	return w
}

// TestAvatar: an upload becomes the user's avatar and is served without a token. It is deleted by
// the next upload, by another avatar_url, and with the user.
func TestAvatar(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	first := d.set(u.Token, picture(t, 300, 200))
	if first.FullAvatarURL != "https://cdn.example.com"+first.AvatarURL {
		t.Errorf("%+v", first)
	}
	var p personal
	if d.get("/api/user/detail", "Token", u.Token).into(t, &p); p.AvatarURL != first.AvatarURL {
		t.Errorf("the user has %q", p.AvatarURL)
	}
	a := d.get(first.AvatarURL)
	m, kind, err := image.Decode(bytes.NewReader(a.body))
	if err != nil || kind != "jpeg" || m.Bounds().Size() != image.Pt(256, 256) {
		t.Errorf("the avatar: %d %v", a.status, err)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable",
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s %q", name, got)
		}
	}
	if head := d.do(http.MethodHead, first.AvatarURL, ""); head.status != 200 || len(head.body) != 0 {
		t.Errorf("HEAD: %d", head.status)
	}
	stem := strings.TrimSuffix(first.AvatarURL, ".jpg")
	for _, path := range []string{stem, stem + ".png", stem + ".jpg.html", stem[:len(stem)-1] + ".jpg",
		profile.AvatarPath + "x.jpg", profile.AvatarPath + strings.ToUpper(stem[len(profile.AvatarPath):]) + ".jpg",
		profile.AvatarPath + strings.Repeat("0", 64) + ".jpg"} {
		d.get(path).is(d, http.StatusNotFound, "not_found")
	}
	var transparent bytes.Buffer
	fatal(t, png.Encode(&transparent, image.NewNRGBA(image.Rect(0, 0, 9, 9))))
	second := d.set(u.Token, transparent.Bytes())
	d.get(first.AvatarURL).is(d, http.StatusNotFound, "not_found")
	if a := d.get(second.AvatarURL); a.header.Get("Content-Type") != "image/png" {
		t.Errorf("the second: %v", a.header)
	}
	// A change that names the path of the avatar keeps the avatar. Another path deletes it.
	d.change(u.Token, body{"avatar_url": second.AvatarURL, "real_name": "x"})
	if n := d.count("avatars"); n != 1 {
		t.Errorf("%d avatars, want 1", n)
	}
	d.change(u.Token, body{"avatar_url": ""})
	d.get(second.AvatarURL).is(d, http.StatusNotFound, "not_found")
	third := d.set(u.Token, picture(t, 20, 20))
	d.exec("DELETE FROM users")
	d.get(third.AvatarURL).is(d, http.StatusNotFound, "not_found")
}

// TestAvatarRefusals: a body that is not a form with one picture is refused with its reason.
func TestAvatarRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	send := func(body, media string, headers ...string) answer {
		headers = append([]string{"Token", u.Token, "Content-Type", media}, headers...)
		return d.do(http.MethodPost, "/api/user/avatar", body, headers...)
	}
	good := picture(t, 20, 20)
	for about, names := range map[string][]string{
		"file required": nil, "file duplicate_field": {"file", "file"}, "other unknown_field": {"file", "other"},
		" unknown_field": {"file", "13800138000"},
	} {
		body, media := form(t, good, names...)
		send(body, media).is(d, 400, "invalid_request", about)
	}
	body, media := form(t, nil, "file")
	send(body, media).is(d, 400, "invalid_request", "file required")
	body, media = form(t, good, "file")
	send(body[:len(body)/2], media).is(d, 400, "invalid_request", " bad_format")
	send("garbage", media).is(d, 400, "invalid_request", "file required")
	send(body, media, "Site-Id", "x").is(d, 400, "invalid_request", "Site-Id wrong_type")
	for _, other := range []string{"multipart/form-data", "multipart/mixed; boundary=x", "image/jpeg", "application/json",
		"multipart/form-data; boundary=" + strings.Repeat("x", 71)} {
		send(body, other).is(d, 415, "unsupported_media_type")
	}
	send(body, media, "Content-Encoding", "gzip").is(d, 415, "unsupported_media_type")
	large, media := form(t, make([]byte, 1<<20+1), "file")
	send(large, media).is(d, 413, "body_too_large")
	larger, media := form(t, make([]byte, 1<<20+20<<10), "file")
	send(larger, media).is(d, 413, "body_too_large")
	// Without a Content-Length, neither a file that is too large nor a part that is skipped is read to its end.
	elsewhere, other := form(t, make([]byte, 1<<20+20<<10), "other")
	for body, media := range map[string]string{larger: media, elsewhere: other} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/api/user/avatar",
			io.MultiReader(strings.NewReader(body)))
		fatal(t, err)
		req.Header.Set("Content-Type", media)
		req.Header.Set("Token", u.Token)
		d.client.send(req).is(d, 413, "body_too_large")
	}

	d.upload([]byte("<svg/>"), "Token", u.Token).is(d, 422, "avatar_invalid", "file avatar_invalid")
	bomb := picture(t, 20, 20)
	at := bytes.Index(bomb, []byte{0xff, 0xc0})
	copy(bomb[at+5:], "\xff\xff\xff\xff")
	d.upload(bomb, "Token", u.Token).is(d, 422, "avatar_too_large", "file avatar_too_large")
	if n := d.count("avatars"); n != 0 {
		t.Errorf("%d avatars, want 0", n)
	}
	mayNot(d, u, func(headers ...string) answer { return d.upload(good, headers...) })
}

// TestAvatarHeaders: the headers of an upload have the rules of those of other operations (BI-31, BI-35, BI-41).
func TestAvatarHeaders(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	good := picture(t, 20, 20)
	for _, in := range badInputs {
		if in.body == "{GOOD}" && in.status == http.StatusBadRequest {
			d.upload(good, append([]string{"Token", u.Token}, in.headers...)...).is(t, in.status, in.reason, in.fieldErrors...)
		}
	}
	d.upload(good, "Token", u.Token, "Site-Id", "3").is(t, http.StatusUnprocessableEntity, "site_unknown")
	d.upload(good, "Token", u.Token+"x").is(t, http.StatusUnauthorized, "token_invalid")
	if n := d.count("avatars"); n != 0 {
		t.Errorf("%d avatars of refused requests", n)
	}
	var w where
	d.upload(good, "Token", u.Token, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example", "Accept",
		"text/html").into(t, &w)
	if want := "https://cdn.example.com" + w.AvatarURL; w.AvatarURL == "" || w.FullAvatarURL != want {
		t.Errorf("%+v, want %s", w, want)
	}
}

// TestAvatarsPerDay: a user has 20 uploads a day, which refused files also use up. Each user has a separate count.
func TestAvatarsPerDay(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u, other := d.registered(alice), d.registered(alice.with("user_name", "bob"))
	for range 20 {
		d.upload([]byte("x"), "Token", u.Token).is(d, 422, "avatar_invalid", "file avatar_invalid")
	}
	a := d.upload(picture(t, 20, 20), "Token", u.Token)
	a.is(d, 429, "avatar_too_many")
	if a.header.Get("Retry-After") != "86400" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	d.set(other.Token, picture(t, 20, 20))
	d.now.advance(24 * time.Hour)
	d.set(u.Token, picture(t, 20, 20))
	if n := d.count(fmt.Sprintf("budgets WHERE scope = 'avatar_user' AND used = 1 AND key = '%d'", u.ID)); n != 1 {
		t.Error("the count has not begun anew")
	}
}

// TestAvatarsAtOnce: of many uploads at once each ends as an avatar or is refused as busy, and one avatar
// is kept.
func TestAvatarsAtOnce(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	// The picture is small enough to be decoded in time beside other work, and large enough that uploads overlap.
	var large bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 500, 500), color.Palette{color.White, color.Black})
	fatal(t, png.Encode(&large, m))
	const uploads, rounds = 12, 10
	kept, busy, users := 0, 0, 0
	// The scheduler decides whether uploads overlap, so one round may not suffice.
	for ; users < rounds && busy == 0; users++ {
		u := d.registered(body{"user_name": fmt.Sprint("uploader", users), "password": "MyPassword123"})
		ends := make(chan answer)
		for range uploads {
			go func() { ends <- d.upload(large.Bytes(), "Token", u.Token) }()
		}
		for range uploads {
			switch a := <-ends; {
			case a.status == http.StatusOK:
				kept++
			case a.Reason == "busy" && a.header.Get("Retry-After") != "":
				busy++
			default:
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	}
	if kept == 0 || busy == 0 || d.count("avatars") != users {
		t.Errorf("%d kept, %d busy", kept, busy)
	}
	var counted int
	fatal(t, d.pool.QueryRow(t.Context(), "SELECT sum(used) FROM budgets WHERE scope = 'avatar_user'").Scan(&counted))
	if counted != kept {
		t.Errorf("%d are counted, of %d that were decoded", counted, kept)
	}
}
