package account

import "github.com/enroll-project/enroll/internal/holder"

// Recoverable reports whether the user can replace a forgotten password in this deployment. If not, the
// answer to the registration must say so, because an address can then still be added.
func (s *Service) Recoverable(u holder.User) bool {
	// check: recoverable
	return u.Phone != "" && s.config.SMS != nil || u.EmailVerified && s.config.Mail != nil
}
