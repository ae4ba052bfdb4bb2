package identifier

import (
	"errors"
	"strings"
	"testing"
)

// TestRealNames has names of people, with the marks and joiners of their languages.
func TestRealNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "新用户", "Ada Lovelace", "Nguyễn Thị Hường", "Ọlásẹ̀hìndé Ṣọlá", "ᾅδης", "שָׁלוֹם בֶּן־יִשָּׂכָר", "الحُسَيْنُ " +
			"بْنُ عَلِيٍّ",
		"น้ำฝน ตั้งใจ", "ກຳແພງ ນ້ຳ", "བསྒྲུབས་པ", "ཧྐྵྨླྺྲྱྃ", "ကြွှို့ အောင်ဆန်း", "ច័ន្ទ ស្រីពៅ", "علی\u200cرضا",
		"ප්\u200dරියා", "രാജന്\u200d",
		"गर्\u200dयो", "ᠰᠠᠷ\u180eᠠ", "葛\U000e0100城", "👩\u200d💻 Ann", "❤\ufe0f\u200d🔥", "👩\U0001f3fd\u200d🚀", "O’Brien",
		"J. R. R.", "ཀརྨ་ཕུན་ཚོགས", "ג׳ורג׳", "ジョン・スミス", "Marcel·la",
		"李 小明", "김민준", "ｶﾞﾙ",
		"…", "42", strings.Repeat("é", 64), "q\u0323\u0324\u0301\u0302",
	} {
		if got, err := ParseRealName(name); err != nil {
			t.Errorf("%q (%+q): %q, %v", name, name, got, err)
		}
	}
}

// TestRealNamesRefused has names that cannot be seen, or that hide others.
func TestRealNamesRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		" ", "\u3000", "\u00a0\u2003", "\u3164", "\u2800", "\u2800 \u3164", "\u115f\u1160", "\uffa0", "\u034f", "\u17b4",
		"\u200d", "\u200c\u200d",
		"\ufe0f", "\U000e0100", "\u180b", "\u180e", "\u0301", "\u20dd", " \u0301", "\u200dA", "A \u200dB", "A\u200d\u200dB",
		"A\u200c\u200d",
		"A\ufe0f\ufe0f", "A\u3164", "Ann\u2800", "a\u200bb", "a\u202eb", "a\u2060b", "a\ufeffb", "a\u00adb",
		"a\U000e0041b", "\u2065a",
		"Z" + strings.Repeat("\u0301", 60), "Z\u0301\u0302\u0303\u0304\u0306", "Z\u20dd\u20dd\u20dd\u20dd\u20dd", "ก" +
			strings.Repeat("\u0e49", 9),
		"a\tb", "a\x7f", strings.Repeat("é", 65),
	} {
		if got, err := ParseRealName(name); !errors.Is(err, ErrRealName) {
			t.Errorf("%+q: %+q, %v", name, got, err)
		}
	}
}
