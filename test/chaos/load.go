package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// password is the password of every user.
const password = "plum-orbit-4711"

// crowd is the clients of one scenario.
type crowd struct {
	replicas []string // addresses; each request goes to the next one
	phones   []int64  // for which a code is planted
	history  *history
	byName   int  // every byName-th person registers by user name and password, the others by phone and code
	settle   bool // whether an unknown fate is settled by repetition under its key

	client *http.Client
	turn   atomic.Int64
	people atomic.Int64
	run    string
}

func newCrowd(replicas []string, phones []int64) *crowd {
	return &crowd{
		replicas: replicas, phones: phones, history: &history{}, byName: 8, settle: true, run: rand.Text()[:6],
		client: &http.Client{
			Timeout:   15 * time.Second, // longer than the server's own bound
			Transport: &http.Transport{MaxIdleConnsPerHost: 256},
		},
	}
}

// register lets n clients register people until ctx ends, and waits for their last answers.
func (c *crowd) register(ctx context.Context, n int) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				a, body, ok := c.next()
				if !ok {
					return
				}
				c.history.add(c.pursue(ctx, a, body))
			}
		})
	}
	all.Wait()
	c.client.CloseIdleConnections()
}

// next makes a person. Half of them have a key. Of those with a name, every other one has the name
// of the one before, so that the two contend for it.
func (c *crowd) next() (attempt, map[string]string, bool) {
	n := c.people.Add(1) - 1
	a := attempt{Mark: fmt.Sprintf("mark %s %d", c.run, n)}
	body := map[string]string{"real_name": a.Mark}
	if n/3%2 == 0 {
		a.Key = rand.Text()
	}
	if n%int64(c.byName) == 0 {
		a.Name = fmt.Sprintf("u%s%07d", c.run, n/int64(2*c.byName))
		body["user_name"], body["password"] = a.Name, password
		return a, body, true
	}
	if n >= int64(len(c.phones)) {
		return a, nil, false
	}
	a.Phone = fmt.Sprint(c.phones[n])
	body["phone"], body["code"] = a.Phone, plantedCode
	return a, body, true
}

// settleWithin bounds the repetitions of one attempt.
const settleWithin = 60 * time.Second

// pursue registers one person. It repeats the request only if the fate is unknown and the attempt
// has a key. A refused attempt is not repeated, because the check expects no row for it.
func (c *crowd) pursue(ctx context.Context, a attempt, body map[string]string) attempt {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a map of strings
	}
	pause := 20 * time.Millisecond
	for begin := time.Now(); ; {
		before := a.Fate
		c.once(&a, text)
		a.Tries++
		// If the fate was unknown before, the refusal of a repetition does not show the outcome of the first request.
		if before == unknown && a.Fate == refused {
			a.Fate = unknown
		}
		if a.Fate == refused && ctx.Err() == nil {
			time.Sleep(pause)
		}
		if a.Fate != unknown || a.Key == "" || !c.settle || time.Since(begin) > settleWithin {
			return a
		}
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
	}
}

// answer is the part of the envelope that the check needs.
type answer struct {
	Code   *int   `json:"code"`
	Reason string `json:"reason"`
	Data   struct {
		ID    int64  `json:"id"`
		Token string `json:"token"`
	} `json:"data"`
}

// once sends a registration and records the fate that its answer shows.
func (c *crowd) once(a *attempt, body []byte) {
	replica := c.replicas[int(c.turn.Add(1))%len(c.replicas)]
	req, err := http.NewRequest(http.MethodPost, "http://"+replica+"/api/register", bytes.NewReader(body))
	if err != nil {
		panic(err) // the address is always valid
	}
	req.Header.Set("Content-Type", "application/json")
	if a.Key != "" {
		req.Header.Set("Idempotency-Key", a.Key)
	}
	res, err := c.client.Do(req)
	a.At = time.Now()
	if err != nil {
		a.Fate, a.Reason = unknown, "no answer"
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	a.At = time.Now()
	var said answer
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	switch {
	case err != nil || said.Code == nil:
		a.Fate, a.Reason = unknown, fmt.Sprintf("status %d", res.StatusCode)
	case res.StatusCode == http.StatusOK && *said.Code == 0:
		a.Fate, a.ID, a.token, a.Reason = acknowledged, said.Data.ID, said.Data.Token, ""
	case said.Reason == "outcome_unknown" || said.Reason == "internal":
		a.Fate, a.Reason = unknown, said.Reason
	default:
		a.Fate, a.Reason = refused, said.Reason
	}
}

// accepted returns an error unless the service accepts the token as that of the user.
func (c *crowd) accepted(token string, id int64) error {
	return c.acceptedAt(c.replicas[int(c.turn.Add(1))%len(c.replicas)], token, id)
}

// acceptedAt is accepted at one replica.
func (c *crowd) acceptedAt(replica, token string, id int64) error {
	req, err := http.NewRequest(http.MethodGet, "http://"+replica+"/api/user/detail", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Token", token)
	res, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var said answer
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		return err
	}
	if said.Data.ID != id {
		return fmt.Errorf("status %d, reason %q, user %d in place of %d", res.StatusCode, said.Reason, said.Data.ID, id)
	}
	return nil
}

// sorted returns the attempts in the order of their last answers.
func (h *history) sorted() []attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Clone(h.attempts)
	slices.SortFunc(all, func(a, b attempt) int { return a.At.Compare(b.At) })
	return all
}
