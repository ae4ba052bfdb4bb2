// Command strength measures what it costs a machine to solve the captchas of Enroll. It
// trains a small neural network on pictures and another one on sounds, as anyone with the
// source can, and prints the share of new ones that each solves. It also prints how fast a
// program without a browser computes proofs of work.
//
//	go run ./test/strength [-steps 1000] [-tests 500] [picture] [sound] [work]
//	go run ./test/strength -url http://127.0.0.1:8080 flood
//
// The second measures how long a picture takes while sixty workers request sounds from a running server.
// The seeds are fixed: the same steps on processors of the same kind give the same rates.
package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"image"
	"image/png"
	"log"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/captcha/picture"
	"github.com/enroll-project/enroll/test/captchatest"
)

// corePrice is the price of an hour of one core at cloud providers, in dollars.
const corePrice = 0.05

func main() {
	log.SetFlags(0)
	steps := flag.Int("steps", 1000, "training steps, of 16 new challenges each")
	tests := flag.Int("tests", 500, "new challenges to solve afterwards")
	server := flag.String("url", "http://127.0.0.1:8080", "the server of a flood, your own: it is kept busy for a minute")
	flag.Parse()
	kinds := flag.Args()
	if len(kinds) == 0 {
		kinds = []string{"picture", "sound", "work"}
	}
	for _, kind := range kinds {
		switch kind {
		case "picture":
			solve("picture", newEye(seeded(), picturesHigh), *steps, *tests, func(c *source) sample { return c.picture() })
		case "sound":
			for _, locale := range []string{"en", "zh-CN"} {
				solve("sound, "+locale, newEar(seeded()), *steps, *tests, func(c *source) sample { return c.sound(locale) })
			}
		case "work":
			work()
		case "flood":
			if err := flood(*server); err != nil {
				log.Fatal(err)
			}
		default:
			log.Fatalf("there is no %q to measure", kind)
		}
	}
}

// solve trains a network and prints the rate at which it solves new challenges.
func solve(name string, n *net, steps, tests int, draw func(*source) sample) {
	sources := newSources(1)
	begun := cpu()
	n.train(steps, func(_, i int) sample { return draw(sources[i%shards]) }, func(step int, loss float64) {
		if (step+1)%(steps/10) == 0 {
			log.Printf("%s: step %d, loss %.2f", name, step+1, loss)
		}
	})
	trained := cpu() - begun
	sources = newSources(2) // challenges that it has not been trained on
	begun = cpu()
	var right, places [shards]int
	var all sync.WaitGroup
	for p := range shards {
		all.Go(func() {
			for i := p; i < tests; i += shards {
				s := draw(sources[p])
				got := read(n.forward(s.in, make([]trace, len(n.layers))))
				if slices.Equal(got, s.answer) {
					right[p]++
				}
				for i, d := range got {
					if i < len(s.answer) && s.answer[i] == d {
						places[p]++
					}
				}
			}
		})
	}
	all.Wait()
	each := (cpu() - begun) / time.Duration(tests)
	solved := float64(right[0]+right[1]+right[2]+right[3]) / float64(tests)
	digit := float64(places[0]+places[1]+places[2]+places[3]) / float64(tests*digits)
	fmt.Printf("%s: solved %.1f %% of %d (%.1f %% of the digits), after %d challenges and %.0f s of processor time; "+
		"%.1f ms each, %s a solve\n", name, 100*solved, tests, 100*digit, steps*batch, trained.Seconds(),
		float64(each.Microseconds())/1000, dollars(each.Seconds()/solved))
}

// seeded is the source of the weights that training begins with.
func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// dollars is the price of seconds of one core.
func dollars(seconds float64) string { return fmt.Sprintf("$%.2g", seconds/3600*corePrice) }

// cpu is the processor time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// source gives challenges, the same in each run. It is for one goroutine.
type source struct {
	images *captcha.Images
	secret []byte
}

func newSources(seed byte) (all [shards]*source) {
	for i := range all {
		secret := bytes.Repeat([]byte{seed}, captcha.MinSecret)
		images, err := captcha.NewImages(captcha.Config{Secret: secret, Rand: rand.NewChaCha8([32]byte{seed, byte(i)}),
			SoundBits: captcha.LeastBits}) // the cost of the work is measured separately
		if err != nil {
			log.Fatal(err)
		}
		all[i] = &source{images, secret}
	}
	return all
}

func (s *source) next() (captcha.Challenge, []int) {
	challenge, err := s.images.Challenge(context.Background(), captcha.Scope{})
	if err != nil {
		log.Fatal(err)
	}
	text, err := captchatest.Answer(s.secret, challenge.ID)
	if err != nil {
		log.Fatal(err)
	}
	var answer []int
	for _, d := range text {
		answer = append(answer, int(d-'0'))
	}
	return challenge, answer
}

// picturesHigh is the height of a picture at half its size.
const picturesHigh = picture.Height / 2

// picture is a picture at half its size, from background 0 to foreground 1.
func (s *source) picture() sample {
	challenge, answer := s.next()
	decoded, err := png.Decode(bytes.NewReader(challenge.Image))
	if err != nil {
		log.Fatal(err)
	}
	pixels := decoded.(*image.Paletted)
	in := newPlane(1, picturesHigh, picture.Width/2)
	for y := range picture.Height {
		for x := range picture.Width {
			shade := float32(pixels.ColorIndexAt(x, y)) / float32(len(pixels.Palette)-1)
			in.data[y/2*in.wide+x/2] += shade / 4
		}
	}
	return sample{in, answer}
}

func (s *source) sound(locale string) sample {
	challenge, answer := s.next()
	proof, err := captchatest.Work(hex.EncodeToString(challenge.SoundSalt), challenge.SoundBits, challenge.SoundPuzzles)
	if err != nil {
		log.Fatal(err)
	}
	wav, err := s.images.Speak(context.Background(), captcha.Scope{}, challenge.ID, proof, locale)
	if err != nil {
		log.Fatal(err)
	}
	return sample{spectrogram(wav), answer}
}
