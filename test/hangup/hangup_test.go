package hangup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/test/cut"
)

// moment is a kind of place in a request at which its client hangs up. A request may have several such
// places, which place counts. try serves the request and reports whether the client hung up.
type moment struct {
	name string
	try  func(d *deployment, r request, place int) (a answer, made bool)
}

// lostAnswer is the moment at which the database goes away together with the client.
const lostAnswer = "when the answer of a statement is lost"

// moments are the moments of a request at which it exchanges data with another program. The wait for a hasher and
// the hashing are not among them: no statement and no message is in progress then.
var moments = []moment{
	{"before the body is whole", inBody},
	{"before a statement", func(d *deployment, r request, place int) (answer, bool) {
		return d.hangUp(r, func(hangUp func()) { d.watch.arm(place, hangUp) }, d.watch.disarm)
	}},
	{"while a statement is sent", func(d *deployment, r request, place int) (answer, bool) {
		return d.exchange(r, cut.Cut{Side: cut.Request, Grain: cut.EachTurn, Place: place, Keep: true})
	}},
	{"when a statement was executed", func(d *deployment, r request, place int) (answer, bool) {
		return d.exchange(r, cut.Cut{Side: cut.Answer, Grain: cut.EachTurn, Place: place, Keep: true})
	}},
	// The same happens if a statement is canceled and its answer does not come in time: the driver closes the
	// connection.
	{lostAnswer, func(d *deployment, r request, place int) (answer, bool) {
		return d.exchange(r, cut.Cut{Side: cut.Answer, End: cut.EOF, Grain: cut.EachTurn, Place: place})
	}},
	{"while a sender is asked", func(d *deployment, r request, place int) (answer, bool) {
		made := false
		return d.hangUp(r, func(hangUp func()) {
			d.senders.onAsked(func() { made = true; hangUp() })
		}, func() bool { d.senders.onAsked(nil); return made && place == 0 })
	}},
	{"before the answer is read", inAnswer},
}

// hangUp serves a request with a function that ends its context.
func (d *deployment) hangUp(r request, arm func(hangUp func()), disarm func() bool) (answer, bool) {
	d.Helper()
	content := d.content(r)
	ctx, cancel := context.WithCancel(d.Context())
	defer cancel()
	fatal(d, d.single.Ping(d.Context())) // a new connection, if the last one was lost
	w := httptest.NewRecorder()
	arm(cancel)
	d.through.ServeHTTP(w, d.make(ctx, r, len(content), bytes.NewReader(content)))
	d.settle()
	made := disarm()
	return d.read(w), made
}

// exchange hangs up at a place of the exchange with the database, and cuts the connection there unless c.Keep is set.
// A cut may leave the outcome unknown. A hang-up alone must not: so exchange fails the test if the outcome is unknown
// and the client's context would have canceled the statement.
func (d *deployment) exchange(r request, c cut.Cut) (answer, bool) {
	d.Helper()
	canceled := false
	a, made := d.hangUp(r, func(hangUp func()) {
		c.Then = func() { hangUp(); canceled = d.watch.ends() }
		d.proxy.Arm(c)
	}, func() bool {
		_, made := d.proxy.Settle()
		return made
	})
	if canceled && !c.Keep && a.Reason == "outcome_unknown" {
		d.Errorf("%s %s, place %d: a statement that commits is canceled with its client", r.method, r.path, c.Place)
	}
	return a, made
}

// half is a body whose client hangs up in the middle.
type half struct {
	io.Reader
	hangUp func()
}

func (h half) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err == io.EOF {
		h.hangUp()
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

func inBody(d *deployment, r request, place int) (answer, bool) {
	content := d.content(r)
	if place > 0 || len(content) == 0 {
		return answer{}, false
	}
	ctx, cancel := context.WithCancel(d.Context())
	defer cancel()
	w := httptest.NewRecorder()
	body := half{bytes.NewReader(content[:len(content)/2]), cancel}
	d.through.ServeHTTP(w, d.make(ctx, r, len(content), body))
	d.settle()
	return d.read(w), true
}

// deaf is a client that is gone when its answer is written.
type deaf struct {
	*httptest.ResponseRecorder
	hangUp func()
}

// Write stores the answer that the client does not read, so that the test can compare it with what was done.
func (d deaf) Write(b []byte) (int, error) {
	d.hangUp()
	_, _ = d.ResponseRecorder.Write(b)
	return 0, errors.New("the client is gone")
}

func inAnswer(d *deployment, r request, place int) (answer, bool) {
	if place > 0 {
		return answer{}, false
	}
	content := d.content(r)
	ctx, cancel := context.WithCancel(d.Context())
	defer cancel()
	w := httptest.NewRecorder()
	d.through.ServeHTTP(deaf{w, cancel}, d.make(ctx, r, len(content), bytes.NewReader(content)))
	d.settle()
	return d.read(w), true
}

// TestEveryOperation: each operation of the contract that writes has a case.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	fatal(t, err)
	covered := map[string]bool{}
	for name := range cases {
		id, _, _ := strings.Cut(name, " ")
		covered[id] = true
	}
	reads := []string{"getCaptcha", "getCaptchaAudio", "getUserDetail", "getUserGroups", "getUserGroup", "listSessions",
		"exportUser", "getSettings", "getJwks"}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			id := operation.OperationID
			if !covered[id] && (method != "GET" || !slices.Contains(reads, id)) {
				t.Errorf("%s %s has no case: add %s to cases", method, path, id)
			}
			delete(covered, id)
		}
	}
	for id := range covered {
		t.Errorf("cases has %s, which is not an operation of the contract", id)
	}
}

// TestHangUp: after a hang-up at every moment of every operation, either all of the operation was done or
// nothing. If there was an answer, it is true. The answer to the person's next request fits what was done.
func TestHangUp(t *testing.T) {
	t.Parallel()
	lend := shared(t)
	for name, prepare := range cases {
		if strings.HasPrefix(name, "send") {
			continue // TestHangUpWhileSending
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everywhere(t, lend(t), prepare)
		})
	}
}

// TestEveryMessage: each code that a client can request has a case. Operations that send codes are those that may
// answer that a message could not be handed over, and what a code is for is an enumeration of their body.
func TestEveryMessage(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	fatal(t, err)
	want := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			reasons := fmt.Sprint(operation.Extensions["x-reasons"])
			if !strings.Contains(reasons, "sms_failed") && !strings.Contains(reasons, "mail_failed") {
				continue
			}
			before := len(want)
			for _, field := range operation.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
				for _, value := range field.Value.Enum {
					if value != "" && value != "sms" { // not given is the same as the default
						want[fmt.Sprint(operation.OperationID, " ", value)] = true
					}
				}
			}
			if len(want) == before {
				t.Errorf("%s sends codes, and its body does not say what for", operation.OperationID)
			}
		}
	}
	for name := range want {
		if cases[name] == nil {
			t.Errorf("cases has no %q", name)
		}
	}
	for name := range cases {
		if strings.HasPrefix(name, "send") && !want[name] {
			t.Errorf("%q is not a code of the contract", name)
		}
	}
}

// everywhere has clients hang up at every place of every moment, one after the other.
func everywhere(t *testing.T, d *deployment, prepare func(*deployment, int) call) {
	t.Helper()
	hangUps, lost := 0, 0
	before := d.single.Stat().NewConnsCount()
	for _, s := range moments {
		for place, made := 0, true; made; place++ {
			person := d.person()
			d.senders.calmly(true)
			c := prepare(d, person)
			c.person = person
			d.settleDirect()
			d.senders.calmly(false)
			issued := d.senders.issued()
			var a answer
			if a, made = s.try(d, c.request, place); made {
				hangUps++
				if s.name == lostAnswer {
					lost++
				}
				d.compare(c, a, d.senders.takenSince(issued), s.name, place)
			}
		}
	}
	// A connection may be lost when the machine is too busy to cancel a statement in time.
	if n := d.single.Stat().NewConnsCount() - before; int(n) > 1+lost+hangUps/2 {
		t.Errorf("%d connections were made for %d hang-ups", n, hangUps)
	}
}

// compare compares what was done with what was answered, sent and counted, and repeats the request.
func (d *deployment) compare(c call, a answer, sent int, moment string, place int) {
	d.Helper()
	done := c.done()
	where := func(what string, args ...any) {
		d.Helper()
		d.Errorf("%s, place %d: done %d, sent %d, answered %d %s: "+what,
			append([]any{moment, place, done, sent, a.status, a.Reason}, args...)...)
	}
	switch {
	case done > 1 || c.sends && sent > 1:
		where("it was done twice")
		return
	case a.status == 200 && done == 0:
		where("it was not done")
	case a.status != 200 && a.Reason != "outcome_unknown" && done == 1:
		where("it was done")
	case c.sends && sent > done:
		where("what was sent is not counted")
	// If the sender's time is over, it cannot know whether the message will be read.
	case c.sends && sent < done && d.senders.manner != late && !(c.later && (d.senders.manner == refuses ||
		moment == lostAnswer)):
		where("what is counted was not sent")
	}
	// After a lost answer of the commit the notice is still in its table, for the next call of SendNotices.
	if c.tells != "" {
		if told := d.senders.notices(c.tells) + d.count("notices WHERE address = $1", c.tells); told != done {
			where("%d notices", told)
		}
	}
	if c.sends && sent == 1 {
		r := c.redeem(d.senders.last())
		r.person = c.person
		if again := d.wait(r); again.Reason != "" {
			where("the code that was sent: %s", again.Reason)
		}
	}
	d.senders.calmly(true)
	if again := d.wait(c.request); again.Reason != c.repeated[done] {
		where("repeated: %s, want %q", again.Reason, c.repeated[done])
	}
	d.settleDirect() // before the next person gets a code
}
