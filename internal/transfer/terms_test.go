package transfer_test

import "testing"

// TestImportTerms: an acceptance of terms is kept as a whole, or left out and noted.
func TestImportTerms(t *testing.T) {
	t.Parallel()
	d := open(t)
	const left = "changed; terms_version: malformed"
	rows := [][2]string{
		{`'terms_version':'2026-11','terms_at':'2026-11-30T00:00:00Z','terms_language':'en'`, "imported"},
		{`'terms_version':'2026-11','terms_language':'en'`, left},
		{`'terms_version':'2026-11','terms_at':'2026-11-30T00:00:00Z'`, left},
		{`'terms_at':'2026-11-30T00:00:00Z','terms_language':'en'`, left},
		{`'terms_version':'2026 11','terms_at':'2026-11-30T00:00:00Z','terms_language':'en'`, left},
		{`'terms_version':'2026-11','terms_at':'2026-11-30T00:00:00Z','terms_language':'en us'`, left},
		{`'terms_version':''`, "imported"},
	}
	phones := []string{"0", "1", "2", "3", "4", "5", "6"}
	var lines []string
	for i, row := range rows {
		lines = append(lines, `{'id':1`+phones[i]+`,'phone':'1380013800`+phones[i]+`',`+row[0]+`}`)
	}
	_, report := d.load(file(lines...))
	for i, one := range report {
		if one.text() != rows[i][1] {
			t.Errorf("%s: %q, want %q", rows[i][0], one.text(), rows[i][1])
		}
	}
	n := d.count("users WHERE terms_version = '2026-11' AND terms_at = '2026-11-30' AND terms_language = 'en'")
	if n != 1 ||
		d.count("users WHERE terms_version IS NULL AND terms_at IS NULL AND terms_language IS NULL") != 6 {
		t.Errorf("%d users with terms", n)
	}
}
