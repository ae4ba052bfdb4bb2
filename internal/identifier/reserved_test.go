package identifier_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestReservedUserNames has the reserved names of the corpus of bad input (BI-23 in docs/rules.md),
// and more.
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
		"공식", "공식01", "공식.team",
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
		"系统论", "新用户", "noc1", "mel",
	} {
		if _, err := identifier.ParseUserName(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// TestReservedParts: a word for an office, such as admin, is reserved as a part of a name as well, between
// separators, digits and other scripts, and anywhere in scripts without separators.
func TestReservedParts(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"support.team", "support-team", "supportteam", "Support_Team_01", "support1team", "5upport.t3am", "team.support",
		"official-support", "officialsupportteam", "system.bot", "root.owner", "mod_team", "security.team",
		"admin_li", "li.admin", "li-4dmin", "the-official.shop", "admin88_li", "admin小美", "小美admin", "客服Amy", "Amy客服",
		"官方客服小美", "小客服", "官方小美", "美团官方", "客_服小美", "店铺管理员", "管理員小美", "技术支持部", "我是工作人员", "운영자김씨",
		"админ_петров", "иван.администратор", "support一team", "suppоrt", "adm丨n", "ㄒeam", "丁eam", "suþþort",
	} {
		if name, err := identifier.ParseUserName(in); err == nil {
			t.Errorf("%q is accepted: %+q", in, name)
		}
	}
}

// TestHonestNamesWithReservedWordsInside has real names that contain a reserved word and
// are accepted.
func TestHonestNamesWithReservedWordsInside(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"adminton", "badminton", "badmin", "administrata", "staffan", "staffordshire", "moderato", "unofficially",
		"supporter", "helpdesks2", "red-team", "team_red", "bot.lover", "root-beer", "system.of.a.down", "security-guy",
		"owner_of_dogs", "modern", "mod.squad", "service-dog", "operator7x", "user_7", "john.api", "guest-house",
		"me.and.you", "help_me", "数学公式", "系统论", "张管理", "李站长", "小机器人", "财务自由", "运营小张", "通知书", "Adminton王",
		"рутения", "сотрудник",
	} {
		if _, err := identifier.ParseUserName(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}
