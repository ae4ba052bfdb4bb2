package captcha_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha"
)

// TestTesseract measures how many of 200 images Tesseract reads without training: as
// they are, and after two simple kinds of preparation. An attacker has one guess for a
// challenge, so the share of one row is the success rate of an attack. The test limits
// the union of all rows, which is stricter. It says nothing about a trained solver.
func TestTesseract(t *testing.T) {
	t.Parallel()
	tesseract, err := exec.LookPath("tesseract")
	if err != nil {
		t.Skip("tesseract is not installed; on Debian: apt-get install tesseract-ocr")
	}
	if testing.Short() {
		t.Skip("reading 200 images takes a minute of processor time; run without -short")
	}
	const count, goal = 200, 0.02
	c := newImages(t, captcha.Config{Rand: seeded(1)})
	sealed, images := make([]captcha.Opened, count), make([]image.Image, count)
	for i := range count {
		ch := issue(t, c)
		sealed[i] = open(t, c, ch.ID)
		images[i] = decode(t, ch.Image)
	}
	solvedByAny := make([]bool, count)
	for _, prepare := range []struct {
		name string
		do   func(image.Image) image.Image
	}{
		{"raw", func(m image.Image) image.Image { return m }},
		{"threshold, median", func(m image.Image) image.Image {
			return bitmapOf(m, 2).median().gray()
		}},
		{"regions filled, lines opened away", func(m image.Image) image.Image {
			return bitmapOf(m, 2).fill(200).erode(2).dilate(2).median().gray()
		}},
	} {
		names := writeAll(t, images, prepare.do)
		for _, psm := range []string{"7", "8"} { // a line, a word
			solved := 0
			for i, text := range recognize(t, tesseract, psm, names) {
				if sealed[i].Matches(text) {
					solved++
					solvedByAny[i] = true
				}
			}
			t.Logf("%-34s psm %s: %d of %d", prepare.name, psm, solved, count)
		}
	}
	union := 0
	for _, s := range solvedByAny {
		if s {
			union++
		}
	}
	t.Logf("solved by any of them: %d of %d", union, count)
	if float64(union) > goal*count {
		t.Errorf("tesseract solves %d of %d, more than %.0f %%", union, count, goal*100)
	}
}

// writeAll writes the prepared images to files and returns their names.
func writeAll(t *testing.T, images []image.Image, do func(image.Image) image.Image) []string {
	t.Helper()
	dir, names := t.TempDir(), make([]string, len(images))
	for i, m := range images {
		var buf bytes.Buffer
		if err := png.Encode(&buf, do(m)); err != nil {
			t.Fatal(err)
		}
		names[i] = filepath.Join(dir, strconv.Itoa(i)+".png")
		if err := os.WriteFile(names[i], buf.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// recognize returns a text for each image, "" if none was found. One process reads all
// images, because its start takes longer than an image. Some nearly empty images crash
// Tesseract: a list with which it crashes is halved until the image is found.
func recognize(t *testing.T, tesseract, psm string, names []string) []string {
	t.Helper()
	cmd := exec.Command(tesseract, "stdin", "stdout", "--psm", psm, "-c", "tessedit_char_whitelist=0123456789", "tsv")
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	cmd.Stdin = strings.NewReader(strings.Join(names, "\n") + "\n")
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && !exit.Exited(): // killed by a signal
		if len(names) == 1 {
			return []string{""}
		}
		half := len(names) / 2
		return append(recognize(t, tesseract, psm, names[:half]), recognize(t, tesseract, psm, names[half:])...)
	case err != nil:
		t.Fatalf("tesseract: %v", err)
	}
	return words(t, string(out), len(names))
}

// words parses Tesseract's table output, which has the page of each word. Its plain text
// output leaves out empty pages.
func words(t *testing.T, table string, count int) []string {
	t.Helper()
	texts, pages := make([]string, count), 0
	for row := range strings.Lines(table) {
		col := strings.Split(strings.TrimSpace(row), "\t")
		page, err := strconv.Atoi(col[min(1, len(col)-1)])
		switch {
		case err != nil: // the heading
		case col[0] == "1":
			pages++
		case len(col) == 12:
			texts[page-1] += col[11]
		}
	}
	if pages != count {
		t.Fatalf("tesseract read %d pages of %d", pages, count)
	}
	return texts
}
