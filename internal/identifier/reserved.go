package identifier

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// offices are names that seem to be of the service itself. They are also reserved
// with digits before or after them, because impostors use names such as `admin888`
// and `客服01`.
const offices = `
	admin admins administrator administration adminteam sysadmin superadmin superuser root owner operator moderator
	mod staff team
	official support helpdesk customerservice customersupport customercare service security system bot webmaster
	postmaster hostmaster
	管理 管理员 管理員 超级管理员 超級管理員 系统管理员 系統管理員 网站管理员 網站管理員 站长 站長 版主 管理团队 管理團隊
	客服 客服中心 在线客服 線上客服 人工客服 官方客服 客服人员 客服專員 客服专员 客户服务 客戶服務 售后 售后服务 售後服務
	官方 官方账号 官方帳號 官方团队 官方團隊 官网 官網 系统 系統 系统消息 系統消息 系统通知 系統通知 通知 公告 技术支持 技術支援
	工作人员 工作人員 运营 營運 运营团队 财务 財務 财务部 財務部 安全中心 审核 審核 审核员 機器人 机器人
	関係者 管理者 運営 公式 사무국 관리자 운영자 고객센터 공식 администратор админ модератор поддержка`

// technical are names with a meaning for programs: mailboxes of RFC 2142, values of
// programming languages, names that other services show for missing users, and the
// words in this service's own paths.
const technical = `
	abuse noc info marketing sales usenet news www uucp ftp mail email smtp imap pop dns noreply mailerdaemon
	null nil none undefined nan true false void unknown anonymous anonym guest nobody everyone everybody all
	me self you user users username account accounts profile profiles member members default deleted
	api apis app docs doc openapi swagger register registration signup signin login logout logon captcha verify
	verification phone
	detail invite invites code token tokens password passwords reset settings config help faq home index about
	contact terms privacy
	status static assets public healthz livez readyz metrics debug wellknown jwks robots favicon sitemap
	匿名 匿名用户 匿名用戶 游客 遊客 访客 訪客 用户 用戶 会员 會員 未知 未知用户 未知用戶 已注销 已註銷 用户已注销 默认 默認 所有人 全体成员 我`

// reservedWords returns the two lists as sets of plain forms. The sets are made at
// the first call and must not be changed.
var reservedWords = sync.OnceValues(func() (office, tech map[string]bool) {
	return plainSet(offices), plainSet(technical)
})

func plainSet(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[plain(skeleton(word))] = true
	}
	return set
}

// isReserved reports whether a name is or looks like a reserved word, in its Display
// or its Key.
func isReserved(name UserName) bool {
	return isReservedLook(name.Skeleton) || name.Key != name.Display && isReservedLook(skeleton(name.Key))
}

func isReservedLook(skeleton string) bool {
	office, tech := reservedWords()
	whole := plain(skeleton)
	// A final 5 is not read as an s here: `user5` is the fifth user and not `users`.
	if office[whole] || tech[whole] && !strings.HasSuffix(skeleton, "5") {
		return true
	}
	core := withoutOuterDigits(skeleton)
	return core != skeleton && office[plain(core)]
}

// plain folds a skeleton further than uniqueness does: it drops marks and separators
// and reads digits as letters, so that `adm1n`, `a.d.m.i.n` and `ạdmin` equal
// `admin`. Names of different users may have the same plain form.
func plain(skeleton string) string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case isSeparator(r) || unicode.Is(unicode.M, r):
			return -1
		case r == 'i':
			return 'l' // a capital i looks like an l
		}
		if i := strings.IndexRune("0123456789", r); i >= 0 {
			return rune("olzeasgtbg"[i])
		}
		return r
	}, norm.NFD.String(skeleton))
	return letterPairs.Replace(folded)
}

// letterPairs replaces two letters that look like one.
var letterPairs = strings.NewReplacer("rn", "m", "vv", "w")

func withoutOuterDigits(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsDigit(r) || isSeparator(r) })
}
