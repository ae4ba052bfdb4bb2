package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How receivers of messages behave. Each way is for the receiver of SMS and for the mail server.
const (
	well    = iota // answered at once
	down           // connections are reset
	hanging        // accepted, and never answered
	slow           // answered after ten seconds, longer than the service waits for a sender
	endless        // an answer whose headers, or whose greeting, never end
)

var ways = []string{down: "down", hanging: "hanging", slow: "slow", endless: "endless"}

// receivers are the two servers to which the replicas hand messages: a webhook for SMS and a mail server.
type receivers struct {
	way  atomic.Int32
	sent atomic.Int64 // messages that were accepted
	sms  net.Listener
	mail net.Listener
}

// withReceivers starts the receivers, and adds the settings by which the replicas send to them, without the limits of
// SMS and mail for a network, a prefix, a user and a day.
func withReceivers(_ context.Context, p *play) (err error) {
	r := &receivers{}
	if r.sms, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	if r.mail, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	go r.serve(r.sms, r.post)
	go r.serve(r.mail, r.letter)
	p.receivers = r
	p.stage.also = append(p.stage.also, func() { _ = r.sms.Close(); _ = r.mail.Close() })
	p.stage.settings = append(p.stage.settings, "ENROLL_SMS_WEBHOOK_URL=http://"+r.sms.Addr().String()+"/",
		"ENROLL_SMTP_URL=smtp://"+r.mail.Addr().String(), "ENROLL_MAIL_FROM=noreply@example.com",
		"ENROLL_LIMIT_SMS_NETWORK=off", "ENROLL_LIMIT_SMS_PREFIX=off", "ENROLL_LIMIT_SMS_DAY=off",
		"ENROLL_LIMIT_MAIL_USER=off", "ENROLL_LIMIT_MAIL_NETWORK=off", "ENROLL_LIMIT_MAIL_DAY=off")
	return nil
}

// allByName has all clients register by user name and password, which need no message.
func allByName(_ context.Context, p *play) error {
	p.crowd.byName = 1
	return nil
}

func (r *receivers) serve(l net.Listener, answer func(*bufio.Reader, io.Writer) error) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			switch r.way.Load() {
			case down:
				reset(conn)
			case hanging:
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
			default:
				_ = answer(bufio.NewReader(conn), conn)
			}
		}()
	}
}

// late waits ten seconds if the receivers are slow.
func (r *receivers) late() {
	if r.way.Load() == slow {
		time.Sleep(10 * time.Second)
	}
}

// post answers webhooks.
func (r *receivers) post(in *bufio.Reader, out io.Writer) error {
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return err
		}
		r.late()
		if r.way.Load() == endless {
			return forever(out, "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n")
		}
		if _, err := io.WriteString(out, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return err
		}
		r.sent.Add(1)
	}
}

// letter takes a mail (RFC 5321).
func (r *receivers) letter(in *bufio.Reader, out io.Writer) error {
	if r.way.Load() == endless {
		return forever(out, "", "220-and more\r\n")
	}
	say := func(line string) error {
		r.late()
		_, err := io.WriteString(out, line+"\r\n")
		return err
	}
	err := say("220 ready")
	for data := false; err == nil; {
		var line string
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
		switch line = strings.TrimSpace(line); {
		case data && line == ".":
			data = false
			r.sent.Add(1)
			err = say("250 kept")
		case data:
		case strings.EqualFold(line, "DATA"):
			data = true
			err = say("354 go on")
		case strings.EqualFold(line, "QUIT"):
			return say("221 bye")
		default:
			err = say("250 ok")
		}
	}
	return err
}

// forever writes until the client closes.
func forever(out io.Writer, first, more string) error {
	_, err := io.WriteString(out, first)
	for part := strings.Repeat(more, 64); err == nil; {
		_, err = io.WriteString(out, part)
	}
	return err
}

// brokenReceivers counts registrations while the receivers work, and again while they fail in the way of this round.
// Meanwhile eight clients ask for codes by SMS and mail, each as fast as it is answered. It returns an error if less
// than a quarter of the registrations is left, or if a request for a code took more than 9 s.
func brokenReceivers(ctx context.Context, p *play, round int) error {
	way := down + round%(len(ways)-down)
	var asked, longest [2]int64
	var registered [2]int
	sent := p.receivers.sent.Load()
	for i, now := range []int{well, way} {
		p.receivers.way.Store(int32(now))
		before := p.crowd.history.count()[acknowledged]
		load, stop := context.WithTimeout(ctx, p.length)
		asked[i], longest[i] = p.askForCodes(load, 8, int64(round*2+i))
		stop()
		registered[i] = p.crowd.history.count()[acknowledged] - before
		if i == 0 && p.receivers.sent.Load() == sent {
			return errors.New("no message was sent")
		}
	}
	p.receivers.way.Store(well)
	goodput := float64(registered[1]) / float64(max(1, registered[0]))
	p.note("%s: %d registrations in place of %d (%.2f); %d requests for codes in place of %d, %.1f s at most; %d sent",
		ways[way], registered[1], registered[0], goodput, asked[1], asked[0], float64(longest[1])/1000,
		p.receivers.sent.Load()-sent)
	// A request for a code that fails may cost less or more CPU than a good one, so the bound is wide.
	if goodput < 0.25 {
		return fmt.Errorf("%s receivers slow registrations down to %.2f", ways[way], goodput)
	}
	// The service ends a request after 8 s, so a longer one has waited for a receiver.
	if longest[1] > (9 * time.Second).Milliseconds() {
		return fmt.Errorf("a request for a code took %d ms", longest[1])
	}
	return ctx.Err()
}

// askForCodes lets n clients ask for codes until ctx ends. It returns the number of requests, those that failed
// included, and the longest time of one, in milliseconds. Two calls with different series use different addresses.
func (p *play) askForCodes(ctx context.Context, n int, series int64) (asked, longest int64) {
	var all sync.WaitGroup
	var count, most atomic.Int64
	users := slices.DeleteFunc(p.crowd.history.sorted(), func(a attempt) bool { return a.Fate != acknowledged })
	for i := range n {
		all.Go(func() {
			for j := int64(0); ctx.Err() == nil; j++ {
				id := (series*int64(n)+int64(i))*100_000 + j
				path, token := "/api/verify/phone", ""
				body := map[string]string{"phone": fmt.Sprint(15_000_000_000 + id)}
				if i%2 == 0 && len(users) > 0 {
					user := users[int(id)%len(users)]
					path, token = "/api/verify/email", user.token
					body = map[string]string{"email": fmt.Sprintf("u%d@example.com", id), "state": "verify"}
				}
				begin := time.Now()
				p.crowd.ask(path, token, body)
				took := time.Since(begin).Milliseconds()
				count.Add(1)
				for m := most.Load(); took > m && !most.CompareAndSwap(m, took); m = most.Load() {
				}
			}
		})
	}
	all.Wait()
	return count.Load(), most.Load()
}

// ask sends a request whose answer does not matter.
func (c *crowd) ask(path, token string, body map[string]string) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a map of strings
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+c.replicas[int(c.turn.Add(1))%len(c.replicas)]+path,
		bytes.NewReader(text))
	if err != nil {
		panic(err) // the address is ours
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Token", token)
	}
	if res, err := c.client.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}
