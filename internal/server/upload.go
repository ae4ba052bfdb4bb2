package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/operation"
)

// The time of an upload. A mobile network with a weak signal sends some 40 KiB/s.
const (
	// uploadBase is the time of a small form. It is as long as that of other bodies (package listener).
	uploadBase = 10 * time.Second
	// uploadRate is how many bytes of a form give the client one more second. For a form of 1 MiB a client has
	// 26 s, so 40 KiB/s suffice.
	uploadRate = 64 << 10
	// uploadStall bounds the wait for the next bytes.
	uploadStall = 10 * time.Second
	// answerTime bounds the reading of the answer after an upload, as package listener does for others.
	answerTime = 20 * time.Second
)

// receive reads the form of an upload before its handler runs. The server's own limits would cut it off
// on a slow network: they are made for bodies of 16 KiB. The token has been checked, so that a client
// without an account cannot hold a connection longer than with any other request.
//
// The form is read into memory here, so that the deadline of the operation can begin when the form is there. Otherwise
// a slow client would use up the time that the database needs. Package contract has bounded its size.
func (s *server) receive(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := operation.CallOf(req.Context())
		limit := c.Op.UploadLimit()
		if limit == 0 {
			return next(ec)
		}
		// A length that is not announced can be as large as allowed. validate has refused larger ones.
		length := req.ContentLength
		if length < 0 {
			length = limit
		}
		conn := http.NewResponseController(ec.Response())
		end := time.Now().Add(uploadBase + time.Duration(length)*time.Second/uploadRate) // check: upload-time
		form, err := io.ReadAll(&steady{req.Body, conn, end})
		// From now on the times of any other request apply. A connection without deadlines, such as that of a
		// test, needs none. After an error the deadline stays: net/http reads what is left of a body before
		// it answers, and a client that is too slow would delay its answer once more.
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(answerTime))
		}
		_ = conn.SetWriteDeadline(time.Now().Add(answerTime))
		ctx, cancel := context.WithTimeout(c.Connection, s.timeout) // check: upload-deadline
		// The connection's context ends with the request. It must not end earlier, because refuse takes an
		// ended context for a client that is gone.
		context.AfterFunc(c.Connection, cancel)
		req = req.WithContext(ctx)
		// The handler gets the error of the reading where the form breaks off.
		req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(form), broken{err}))
		ec.SetRequest(req)
		return next(ec)
	}
}

// steady is a body that must arrive before end, without a pause of uploadStall.
type steady struct {
	body io.Reader
	conn *http.ResponseController
	end  time.Time
}

// Read reads from the body. The deadline is that of the whole form, or that of a pause if it is earlier.
func (s *steady) Read(p []byte) (int, error) {
	deadline := time.Now().Add(uploadStall) // check: upload-stall
	if s.end.Before(deadline) {
		deadline = s.end
	}
	// A connection that has no deadlines is bounded by its caller.
	_ = s.conn.SetReadDeadline(deadline)
	return s.body.Read(p)
}

// broken is the end of a body: io.EOF if err is nil.
type broken struct{ err error }

// Read returns the error.
func (b broken) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}
