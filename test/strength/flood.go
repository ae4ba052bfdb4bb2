package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/enroll-project/enroll/test/captchatest"
)

const (
	floodRounds   = 5                // each one quiet and one beside the flood, in turn, so that other load is in both
	floodRound    = 4 * time.Second  // of either
	floodWorkers  = 60               // that request sounds
	floodPatience = 30 * time.Second // of one answer
)

// flood measures what workers that request sounds from a running server take from a person that requests pictures:
// how long the person waits beside them, as a multiple of the wait without them. The workers do not obey Retry-After.
func flood(server string) error {
	to, err := url.Parse(server)
	if err != nil {
		return err
	}
	var quiet, beside []time.Duration
	reasons := map[string]int{}
	for range floodRounds {
		alone, err := person(to)
		if err != nil {
			return err
		}
		end, ended := make(chan struct{}), make(chan error)
		go func() { ended <- workers(to, end, reasons) }()
		among, err := person(to)
		close(end)
		if err = errors.Join(err, <-ended); err != nil {
			return err
		}
		fmt.Printf("flood: a picture takes %s alone and %s beside the flood\n", spread(alone), spread(among))
		quiet, beside = append(quiet, alone...), append(beside, among...)
	}
	fmt.Printf("flood: %d workers got %v; a picture takes %s alone and %s beside them, %.1f and %.1f times as long\n",
		floodWorkers, reasons, spread(quiet), spread(beside), times(beside, quiet, 50), times(beside, quiet, 95))
	return nil
}

// person requests one picture after the other for a round. A picture that is refused fails the measurement.
func person(to *url.URL) (waits []time.Duration, err error) {
	client := &http.Client{Timeout: floodPatience, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for begun := time.Now(); time.Since(begun) < floodRound; {
		sent := time.Now()
		var c challenge
		reason, err := get(client, to.JoinPath("/api/captcha").String(), &c)
		if err != nil {
			return nil, fmt.Errorf("a picture: %w", err)
		}
		if reason != "" {
			return nil, fmt.Errorf("a picture: %s", reason)
		}
		waits = append(waits, time.Since(sent))
	}
	return waits, nil
}

type challenge struct {
	ID      string `json:"captcha_id"`
	Salt    string `json:"audio_salt"`
	Bits    int    `json:"audio_bits"`
	Puzzles int    `json:"audio_puzzles"`
}

// workers request the sound of one challenge until the end, for which one proof of work is enough. They add what they
// got to reasons.
func workers(to *url.URL, end <-chan struct{}, reasons map[string]int) error {
	client := &http.Client{Timeout: floodPatience, Transport: &http.Transport{MaxIdleConnsPerHost: floodWorkers}}
	defer client.CloseIdleConnections()
	var c challenge
	if _, err := get(client, to.JoinPath("/api/captcha").String(), &c); err != nil {
		return err
	}
	proof, err := captchatest.Work(c.Salt, c.Bits, c.Puzzles)
	if err != nil {
		return err
	}
	sound := to.JoinPath("/api/captcha/audio")
	sound.RawQuery = url.Values{"captcha_id": {c.ID}, "proof": {proof}}.Encode()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range floodWorkers {
		all.Go(func() {
			got := map[string]int{}
			for running := true; running; {
				reason, err := get(client, sound.String(), &struct{}{})
				if err != nil {
					reason = "no answer"
				}
				got[cmp.Or(reason, "a sound")]++
				select {
				case <-end:
					running = false
				default:
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for reason, n := range got {
				reasons[reason] += n
			}
		})
	}
	all.Wait()
	return nil
}

// get reads the data of an answer, or returns the reason of a refusal.
func get(client *http.Client, from string, data any) (reason string, err error) {
	resp, err := client.Get(from)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer := struct {
		Reason string `json:"reason"`
		Data   any    `json:"data"`
	}{Data: data}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	_, rest := io.Copy(io.Discard, resp.Body) // so that the connection is used again
	return answer.Reason, errors.Join(err, rest)
}

// spread is the median of waits and the wait that 95 of a hundred do not exceed.
func spread(waits []time.Duration) string {
	ms := func(percent int) float64 { return 1000 * percentile(waits, percent).Seconds() }
	return fmt.Sprintf("%.1f ms (95 %%: %.1f ms)", ms(50), ms(95))
}

func times(a, b []time.Duration, percent int) float64 {
	return percentile(a, percent).Seconds() / percentile(b, percent).Seconds()
}

func percentile(waits []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(waits))
	return sorted[(len(sorted)-1)*percent/100]
}
