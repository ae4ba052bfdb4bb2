package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"time"
)

// fate is the outcome of a registration as its client knows it at the end.
type fate string

// The fates. A registration is refused if the answer says that nothing was created. It is unknown
// if the answer is outcome_unknown, internal or not of the contract, or if no answer came.
const (
	acknowledged fate = "acknowledged"
	refused      fate = "refused"
	unknown      fate = "unknown"
)

// attempt is one registration with all its repetitions under one key.
type attempt struct {
	Mark   string    `json:"mark"` // its real_name, by which its row is found
	Name   string    `json:"name,omitempty"`
	Phone  string    `json:"phone,omitempty"`
	Key    string    `json:"key,omitempty"`
	Fate   fate      `json:"fate"`
	Reason string    `json:"reason,omitempty"` // why the last answer was not a success, "" after a success
	ID     int64     `json:"id,omitempty"`
	Tries  int       `json:"tries"`
	At     time.Time `json:"at"` // when the last answer came
	token  string    // kept out of the file
}

// history has the attempts of all clients, with their answers.
type history struct {
	mu       sync.Mutex
	attempts []attempt
}

func (h *history) add(a attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts = append(h.attempts, a)
}

func (h *history) count() (n map[fate]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = map[fate]int{}
	for _, a := range h.attempts {
		n[a.Fate]++
	}
	return n
}

// outage is the longest time without an acknowledgment, from begin to end.
func (h *history) outage(begin, end time.Time) (longest time.Duration) {
	last := begin
	for _, a := range h.sorted() {
		if a.Fate != acknowledged || a.At.Before(begin) {
			continue
		}
		longest, last = max(longest, a.At.Sub(last)), a.At
	}
	return max(longest, end.Sub(last))
}

// after is the time from a moment to the next acknowledgment, and false if there was none.
func (h *history) after(moment time.Time) (time.Duration, bool) {
	for _, a := range h.sorted() {
		if a.Fate == acknowledged && a.At.After(moment) {
			return a.At.Sub(moment), true
		}
	}
	return 0, false
}

// write puts the history into a file, one line for each attempt.
func (h *history) write(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	buffer := bufio.NewWriter(file)
	lines := json.NewEncoder(buffer)
	for _, a := range h.sorted() {
		if err := lines.Encode(a); err != nil {
			return err
		}
	}
	return buffer.Flush()
}
