package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/http"
	"os"
	"strings"
	"time"
)

// captchaFile is the picture of the last challenge, in the working directory. A later one replaces it. It is the name
// that docs/quickstart.md gives a picture, and git ignores it.
const captchaFile = "captcha.png"

// Bounds of a challenge that this program solves. A service may be of a later version, or not be Enroll: without them
// it could have this machine compute for hours.
const (
	maxChallenge = 1 << 20 // bytes of the answer
	maxWorkBits  = 24      // 16 times the work of the hardest challenge of this version
	maxPuzzles   = 256     // the most that the contract allows
)

// challenge is what `enroll captcha` reads of the answer of GET /api/captcha. It is not the generated type, because
// the service may be of a later version, with kinds and fields that this program does not know.
type challenge struct {
	Off     bool   `json:"captcha_off"`
	Kind    string `json:"captcha_type"`
	ID      string `json:"captcha_id"`
	Picture string `json:"captcha"`
	Salt    string
	Bits    int
	Puzzles int
}

// terminal has the input and the outputs of `enroll captcha`. The command is called in $(…), which takes its standard
// output. So what the person reads goes to another stream. Tests replace all of them.
type terminal struct {
	in      io.Reader // the digits of a picture
	tell    io.Writer // what the person reads
	out     io.Writer // the answer, which a shell takes
	picture string    // the file of a picture
}

// solveCaptcha gets a challenge from a running service and prints its answer as JSON members, which a shell puts at
// the end of a body. If captchas are off, it prints nothing. It computes a proof of work by itself; a person reads a
// picture.
func (t terminal) solveCaptcha(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("captcha needs the address of a service, for example: enroll captcha http://127.0.0.1:8080")
	}
	// The challenge names no operation, so that it can be used for any of them.
	asked, err := getChallenge(ctx, strings.TrimSuffix(args[0], "/")+"/api/captcha")
	if err != nil || asked.Off {
		return err
	}
	// An answer to image+pow is the digits, a colon and the proof, in this order. Other kinds have one of the two.
	var parts []string
	switch asked.Kind {
	case "image", "image+pow":
		// The person comes first: a proof that is computed before would be wasted if no digits are typed.
		digits, err := t.readPicture(asked.Picture)
		if err != nil {
			return err
		}
		parts = append(parts, digits)
	// There is nothing to read.
	case "pow":
	default:
		// The token of a third party's widget is made on a page only.
		return fmt.Errorf("captcha: no program can answer a captcha of the type %q", asked.Kind)
	}
	if asked.Kind != "image" {
		proof, err := work(ctx, asked)
		if err != nil {
			return err
		}
		parts = append(parts, proof)
	}
	// A comma comes first, because the members follow others. The texts come from the service, so they are encoded as
	// JSON: a quotation mark in one of them must not end its member. A shell does not expand the output of "$(…)".
	members, err := json.Marshal(map[string]string{"captcha_id": asked.ID, "captcha": strings.Join(parts, ":")})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(t.out, ","+strings.Trim(string(members), "{}"))
	return err
}

// getChallenge requests a challenge.
func getChallenge(ctx context.Context, url string) (asked challenge, err error) {
	// A person waits at a terminal, so an error must come soon if nothing answers.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return asked, err
	}
	// Unlike `enroll ready`, it may go through a proxy: the service can be one on the internet.
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return asked, err
	}
	defer res.Body.Close()
	// A refusal has no data. Its message says what to do, for example to wait.
	var answer struct {
		Code int
		Msg  string
		Data *challenge
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxChallenge)).Decode(&answer); err != nil {
		return asked, fmt.Errorf("%s: this is no answer of Enroll: %w", url, err)
	}
	if answer.Code != 0 || answer.Data == nil {
		return asked, fmt.Errorf("%s: %s", url, answer.Msg)
	}
	return *answer.Data, nil
}

// readPicture writes a picture, which is a data: URI, to its file and reads the digits. It reads no more than their
// line: what follows is for the shell.
func (t terminal) readPicture(uri string) (string, error) {
	// The contract fixes the type of the picture, so only what follows is read.
	_, encoded, found := strings.Cut(uri, "base64,")
	png, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !found {
		return "", errors.New("captcha: the challenge has no picture")
	}
	// The picture is of no use without the challenge, which accepts one attempt.
	if err := os.WriteFile(t.picture, png, 0o600); err != nil {
		return "", err
	}
	// There is no line break, so that the digits are typed after the question, as in a form.
	fmt.Fprintf(t.tell, "Open %s and type its six digits: ", t.picture)
	// The service ignores blanks and reads digits of all scripts, so the text is passed on as it was typed.
	var digits string
	if _, err := fmt.Fscanln(t.in, &digits); err != nil {
		return "", fmt.Errorf("captcha: no digits were typed: %w", err)
	}
	return digits, nil
}

// work computes a proof of work by the rule of the contract at `puzzles`.
func work(ctx context.Context, asked challenge) (string, error) {
	// This is what pow.js computes in a browser. Here the lowest default difficulty takes a tenth of a second, and the
	// highest some seconds.
	block, err := hex.DecodeString(asked.Salt)
	if err != nil || asked.Bits > maxWorkBits || asked.Puzzles > maxPuzzles {
		return "", fmt.Errorf("captcha: a proof of work of %d puzzles of %d bits is not of this version",
			asked.Puzzles, asked.Bits)
	}
	// The block is the salt, the number of the puzzle and the counter. Only the last two change.
	var proof []byte
	at := len(block)
	block = append(block, make([]byte, 8)...)
	for i := range asked.Puzzles {
		binary.BigEndian.PutUint32(block[at:], uint32(i))
		// Ctrl-C ends the work between two puzzles.
		if err := ctx.Err(); err != nil {
			return "", err
		}
		// With at most maxWorkBits, one of the 2^32 counters solves the puzzle with near certainty.
		for counter := uint32(0); ; counter++ {
			binary.BigEndian.PutUint32(block[at+4:], counter)
			sum := sha256.Sum256(block)
			if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= asked.Bits {
				proof = binary.BigEndian.AppendUint32(proof, counter)
				break
			}
		}
	}
	return hex.EncodeToString(proof), nil
}
