package identifier

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// offices are names that seem to belong to the service itself. Names that consist of
// them are reserved, also with digits and separators before, between and after them,
// because impostors use names such as `admin888`, `客服01` and `system.bot`.
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

// titles are the offices that are reserved as a part of a name, too: between
// separators, digits and letters of other scripts, so that `support.team` and
// `li-admin` are refused, but not `badminton` or `adminton`. Offices that are words of
// everyday use (`mod`, `team`, `root`, `service`) are left out: `red-team` is honest.
const titles = `
	admin admins administrator administration adminteam sysadmin superadmin superuser moderator
	official support helpdesk customerservice customersupport customercare staff webmaster postmaster hostmaster
	администратор админ модератор поддержка`

// embedded are the offices that are reserved anywhere in a name, because their scripts
// put no separator between words: `官方客服小美` is refused. Offices that are part of
// honest names are left out: `数学公式` and `系统论` are accepted.
const embedded = `
	管理员 管理員 客服 官方 官网 官網 售后服务 售後服務 客户服务 客戶服務 系统消息 系統消息 系统通知 系統通知
	技术支持 技術支援 工作人员 工作人員 安全中心 管理团队 管理團隊 运营团队 운영자 관리자 고객센터 사무국`

// vocabulary has the reserved words as plain forms.
type vocabulary struct {
	office, technical, title map[string]bool
	embedded                 []string
}

// reservedWords returns the lists in plain form. They are computed at the first call, and
// callers must not change them.
var reservedWords = sync.OnceValue(func() vocabulary {
	return vocabulary{
		office: plainSet(offices), technical: plainSet(technical), title: plainSet(titles),
		embedded: slices.Sorted(maps.Keys(plainSet(embedded))),
	}
})

func plainSet(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[plain(skeleton(word))] = true
	}
	return set
}

// isReserved reports whether a name is reserved or looks like a reserved one. base, which
// has the case of the Display, and the Key can look different, so both are checked.
func isReserved(name UserName, base string) bool {
	return isReservedLook(name.Skeleton) || name.Key != base && isReservedLook(skeleton(name.Key))
}

func isReservedLook(skeleton string) bool {
	words := reservedWords()
	whole := plain(skeleton)
	// A final 5 is not read as an s here: `user5` is the fifth user and not `users`.
	if words.office[whole] || words.technical[whole] && !strings.HasSuffix(skeleton, "5") {
		return true
	}
	// check: name-office-han
	if slices.ContainsFunc(words.embedded, func(word string) bool { return strings.Contains(whole, word) }) {
		return true
	}
	for _, separates := range []func(rune) bool{isSeparator, isSeparatorOrDigit} {
		// Fields are also compared as a whole: the skeleton of a Korean word may have a Latin letter, since the
		// final ㅇ looks like an o, and parts splits there.
		if words.ofOffices(parts(skeleton, separates)) ||
			words.ofOffices(strings.FieldsFunc(skeleton, separates)) { // check: name-office-hangul
			return true
		}
	}
	return false
}

// ofOffices reports whether one of the parts is a title, or all of them together are
// offices.
func (v vocabulary) ofOffices(parts []string) bool {
	offices := 0
	for _, part := range parts {
		// Outer digits are letters in `4dmin`, but not in `admin88`.
		all, core := plain(part), plain(strings.TrimFunc(part, unicode.IsDigit))
		switch {
		case v.title[all] || v.title[core]: // check: name-office-part
			return true
		case core == "" || v.joined(all) || v.joined(core): // check: name-offices
			offices++
		}
	}
	return offices == len(parts)
}

// joined reports whether s consists of offices only, such as `supportteam`.
func (v vocabulary) joined(s string) bool {
	if v.office[s] {
		return true
	}
	for i := range s {
		if i > 0 && v.office[s[:i]] && v.joined(s[i:]) {
			return true
		}
	}
	return false
}

// parts splits a skeleton at separators, and between a script that puts no separators
// between words and another script. So `admin小美` has two parts.
func parts(skeleton string, separates func(rune) bool) []string {
	var split []string
	for field := range strings.FieldsFuncSeq(skeleton, separates) {
		start, before := 0, false
		for i, r := range field {
			dense := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul)
			if i > 0 && dense != before {
				split, start = append(split, field[start:i]), i
			}
			before = dense
		}
		split = append(split, field[start:])
	}
	return split
}

func isSeparatorOrDigit(r rune) bool { return isSeparator(r) || unicode.IsDigit(r) }

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
