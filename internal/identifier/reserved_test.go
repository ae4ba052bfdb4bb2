package identifier_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestReservedUserNames has the reserved names of the corpus of bad input (BI-23), and
// more.
func TestReservedUserNames(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"admin", "Admin", "ADMIN", "adm1n", "adm\u0131n", "ａｄｍｉｎ", "admin\u0327", "ádmin", "a.d.m.i.n", "ad-min", "4dm1n",
		"adrnin", "admin888", "007admin", "admin_01",
		"root", "r00t", "system", "5y5tem", "support", "Supp0rt", "null", "nu11", "undefined", "me", "self", "www", "vvvvvv",
		"postmaster", "hostmaster", "webmaster", "abuse", "noc", "security",
		"api", "docs", "register", "reg1ster", "login", "captcha", "verify", "user", "users", "openapi", "healthz", "livez",
		"readyz", "metrics", "well-known",
		"管理员", "管理員", "系统管理员", "客服", "客服01", "官方", "官方客服", "系统", "公告", "администратор", "АДМИН", "관리자",
	} {
		if _, err := identifier.ParseUserName(in); !errors.Is(err, identifier.ErrUserNameReserved) {
			t.Errorf("%+q: %v", in, err)
		}
	}
}

func TestNamesNearReservedOnes(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"newuser", "user10", "user2", "user5", "doc5", "administra", "badmin", "rooted", "me2you", "apiary", "login1", "张管理",
		"小客服", "系统论", "新用户", "noc1", "mel",
	} {
		if _, err := identifier.ParseUserName(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}
