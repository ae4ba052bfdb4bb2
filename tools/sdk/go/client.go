package enroll

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"sync"
)

// Config says which service a [Client] speaks to. Only URL must be set.
type Config struct {
	// URL is the service's address, such as https://accounts.example.com.
	URL string
	// Site is the Site-Id, for a deployment with several sites. 0: the service's
	// default, 1.
	Site int32
	// Language is what people read, as in Accept-Language. Empty: the service's
	// own.
	Language string
	// HTTP sends the requests. nil: http.DefaultClient, which waits for ever
	// unless the context ends. The client is copied, and its CheckRedirect is not used:
	// redirects are not followed, because a redirect would take the token to another host.
	HTTP *http.Client
}

// Client calls the operations that need no token. It is safe for concurrent
// use.
//
// Every method returns a [*Refusal] if the service refuses the request, with any HTTP
// status; an [*UnexpectedError] if the answer is not the service's, but a proxy's page
// for example; and another error if no complete answer came. After an UnexpectedError or
// another error, the request may have been carried out: repeat a registration under its
// idempotency key.
type Client struct {
	raw      *Raw
	site     *int32
	language *string
}

// New returns a client. It fails when the URL is missing, and sends nothing.
func New(c Config) (*Client, error) {
	if c.URL == "" {
		return nil, errors.New("enroll: the service's URL is not set")
	}
	client := *cmp.Or(c.HTTP, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	raw, err := NewClient(c.URL, WithHTTPClient(&client))
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	return &Client{raw: raw, site: given(c.Site), language: given(c.Language)}, nil
}

// given is nil for what was not given.
func given[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// Register creates an account and logs its holder in: Data.Token is the token. It is empty if Data.ApprovalPending is
// set, because the account waits for an operator.
func (c *Client) Register(ctx context.Context, r RegisterRequest) (*RegisterEnvelope, error) {
	return c.RegisterOnce(ctx, "", r)
}

// RegisterOnce is Register under an idempotency key: repeating it with the
// same key and request is safe for 24 hours and gives the same user.
// [NewIdempotencyKey] makes a key. A key of your own must be random and stay secret: 128
// random bits, or a version 4 UUID.
func (c *Client) RegisterOnce(ctx context.Context, key string, r RegisterRequest) (*RegisterEnvelope, error) {
	return read[RegisterEnvelope](c.raw.Register(ctx, &RegisterParams{
		SiteID: c.site, AcceptLanguage: c.language, IdempotencyKey: given(key),
	}, r))
}

// SendPhoneCode has a code sent by SMS, to register, to log in or to set a new password with. A code
// for a change of an account needs a token: Session.SendPhoneCode.
func (c *Client) SendPhoneCode(ctx context.Context, r PhoneCodeRequest) (*PhoneCodeEnvelope, error) {
	return read[PhoneCodeEnvelope](c.raw.SendPhoneCode(ctx,
		&SendPhoneCodeParams{SiteID: c.site, AcceptLanguage: c.language}, r))
}

// GetCaptcha gets a captcha for that operation only, or for any operation if operation is
// empty. The answer may also be that no captcha is needed.
func (c *Client) GetCaptcha(ctx context.Context, operation CaptchaOperation) (*CaptchaEnvelope, error) {
	return read[CaptchaEnvelope](c.raw.GetCaptcha(ctx, &GetCaptchaParams{
		SiteID: c.site, AcceptLanguage: c.language, Operation: given(operation),
	}))
}

// GetCaptchaAudio speaks the digits of an image captcha. proof is what SolveWork returns for the
// captcha's AudioSalt, AudioBits and AudioPuzzles.
func (c *Client) GetCaptchaAudio(ctx context.Context, id, proof string) (*CaptchaAudioEnvelope, error) {
	return read[CaptchaAudioEnvelope](c.raw.GetCaptchaAudio(ctx, &GetCaptchaAudioParams{
		SiteID: c.site, AcceptLanguage: c.language, CaptchaID: id, Proof: given(proof),
	}))
}

// GetUserGroup reads one of the groups.
func (c *Client) GetUserGroup(ctx context.Context, id int64) (*GroupEnvelope, error) {
	return read[GroupEnvelope](c.raw.GetUserGroup(ctx, &GetUserGroupParams{
		SiteID: c.site, AcceptLanguage: c.language, ID: id,
	}))
}

// GetJwks reads the public keys that verify tokens. The answer has no envelope.
func (c *Client) GetJwks(ctx context.Context) (*JwkSet, error) {
	return read[JwkSet](c.raw.GetJwks(ctx))
}

// generated: client

// Session is the client for the holder of a token.
func (c *Client) Session(token string) *Session { return &Session{client: c, token: token} }

// Session calls the operations of the holder of a token. In the last hour of a token, or the
// last quarter of a shorter life, the service sends a new one, which Session then uses. Session is
// safe for concurrent use, and its errors are those of a [Client].
type Session struct {
	client *Client
	mu     sync.Mutex
	token  string
}

// Token returns the newest token. Store it after each call, to make a Session with it later.
func (s *Session) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// SendEmailCode has a code sent by mail, to the user's own address if the
// request names none. A code to register, to log in or to set a new password needs no token: use
// Client.Session with an empty token.
func (s *Session) SendEmailCode(ctx context.Context, r EmailCodeRequest) (*EmailCodeEnvelope, error) {
	return read[EmailCodeEnvelope](s.renew(s.client.raw.SendEmailCode(ctx, &SendEmailCodeParams{
		SiteID: s.client.site, AcceptLanguage: s.client.language,
	}, r, s.sign)))
}

// SendPhoneCode has a code sent by SMS that only this user may use, for a change of the account.
func (s *Session) SendPhoneCode(ctx context.Context, r PhoneCodeRequest) (*PhoneCodeEnvelope, error) {
	return read[PhoneCodeEnvelope](s.renew(s.client.raw.SendPhoneCode(ctx, &SendPhoneCodeParams{
		SiteID: s.client.site, AcceptLanguage: s.client.language,
	}, r, s.sign)))
}

// VerifyEmail redeems the code of a mail. The email is the one that the code was
// sent to; empty, it is the user's own.
func (s *Session) VerifyEmail(ctx context.Context, code, email string) (*UserEnvelope, error) {
	return read[UserEnvelope](s.renew(s.client.raw.VerifyEmail(ctx, &VerifyEmailParams{
		SiteID: s.client.site, AcceptLanguage: s.client.language, Code: code, Email: given(email),
	}, s.sign)))
}

// EndSession ends one session of the user, by the id of ListSessions.
func (s *Session) EndSession(ctx context.Context, id string) (*DoneEnvelope, error) {
	return read[DoneEnvelope](s.renew(s.client.raw.EndSession(ctx, id, &EndSessionParams{
		SiteID: s.client.site, AcceptLanguage: s.client.language,
	}, s.sign)))
}

// UploadAvatar makes an avatar of a picture, of 1 MiB at most, and sets it.
func (s *Session) UploadAvatar(ctx context.Context, picture []byte) (*AvatarEnvelope, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "avatar")
	if err == nil {
		_, err = part.Write(picture)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return read[AvatarEnvelope](s.renew(s.client.raw.UploadAvatarWithBody(ctx, &UploadAvatarParams{
		SiteID: s.client.site, AcceptLanguage: s.client.language,
	}, w.FormDataContentType(), &form, s.sign)))
}

// generated: session

func (s *Session) sign(_ context.Context, r *http.Request) error {
	if token := s.Token(); token != "" {
		r.Header.Set("Token", token)
	}
	return nil
}

func (s *Session) renew(res *http.Response, err error) (*http.Response, error) {
	if err == nil && res.StatusCode == http.StatusOK {
		if fresh := res.Header.Get("Update-Token"); fresh != "" {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.token = fresh
		}
	}
	return res, err
}
