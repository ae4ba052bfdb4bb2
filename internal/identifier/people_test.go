package identifier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// people has common given names of many languages, in the form that the keyboard of the
// language types: with joiners, compatibility letters and marks as they come.
var people = map[string]string{
	"Akan":        "Ɔkɔmfoɔ Ɛsi Yɛboa",
	"Amharic":     "አበበ ሰላማዊት ትዕግሥት ገብረእግዚአብሔር",
	"Arabic":      "محمد فاطمة عبدالرحمن هُدى إبراهيم آمنة رُؤى",
	"Armenian":    "Արմեն Սևակ Լևոն Անահիտ Գևորգ Եւա",
	"Assamese":    "ৰাহুল মৌচুমী হিৰণ্য ঋতুপৰ্ণা",
	"Azerbaijani": "Əli Nigar Gülçin İlham Cəmilə",
	"Belarusian":  "Алесь Ўладзіслаў Вольга Міхась",
	"Bengali":     "রহিম শর্মিলা ঋতুপর্ণ র\u200d্যাচেল ক্ষুদিরাম উৎপল",
	"Bulgarian":   "Георги Цветанка Щилян Ъглена",
	"Burmese":     "အောင်ဆန်း သန္တာ မြင့်မြင့် ခင်ကြည်",
	"Catalan":     "Núria Marcel·la Gal·la Jordi",
	"Chakma":      "𑄌𑄋𑄴𑄟𑄳𑄦",
	"Cherokee":    "ᏍᏏᏉᏯ ꮝꮟꮙꮿ",
	"Chinese":     "王小明 歐陽菲菲 𠮷野 喆 二〇",
	"Croatian":    "Đurđica Željko Ivan",
	"Czech":       "Jiří Božena Řehoř Zdeňka",
	"Danish":      "Søren Åse Jørgen",
	"Dhivehi":     "އަޙްމަދު މަރިޔަމް",
	"Dzongkha":    "བཀྲ་ཤིས ཀརྨ་ཕུན་ཚོགས་ ཨུ་རྒྱན་དབང་ཕྱུག",
	"Esperanto":   "Ĝoĉjo Ŝtefano",
	"Estonian":    "Jüri Õnne Ülle",
	"Ewe":         "Ɖzifa Kɔku Ƒoli Edzoɖe Ʋua Ɣleti",
	"Faroese":     "Jógvan Óluva Øssur",
	"Finnish":     "Yrjö Päivi Åke",
	"French":      "François Zoé Cœlina Noël",
	"Fula":        "𞤀𞤣𞤢𞤥𞤢",
	"Georgian":    "გიორგი ნინო თამარ",
	"German":      "Jürgen Weiß Änne STRAẞE",
	"Greek":       "Γιώργος Ελένη Ἰωάννης Ξένια",
	"Gujarati":    "મહેશ કૃષ્ણા જ્યોતિ",
	"Hausa":       "Ɓalarabe Ƙasimu Ɗanladi Ƴarɓaba",
	"Hebrew":      "משה שרה יצחק רבקה ג׳ורג׳ צ׳רלי רש״י",
	"Hindi":       "महेश श्रीकृष्ण राजर्षि ऋषि गर\u094d\u200dयो फ़िरोज़",
	"Hmong":       "𞄘𞄤𞄲 𞄒𞄤𞄲",
	"Hungarian":   "Győző Ágnes Ödön Tünde",
	"Icelandic":   "Þór Guðrún Ægir",
	"Igbo":        "Chịnedụ Ọlụchi Ṅkechi",
	"Inuktitut":   "ᐅᑲᓕᖅ",
	"Irish":       "Siobhán Ó-Briain Pádraig",
	"Japanese":    "さくら ユーザー 佐々木 髙橋 凛ノ介 ﾀﾛｳ ジョン・スミス メアリー・アン ﾘｰ･ﾐﾝ",
	"Kabyle":      "ⵉⴷⵉⵔ",
	"Kannada":     "ರಾಜೇಶ ಕೃಷ್ಣ ಲಕ್ಷ್ಮೀ",
	"Kazakh":      "Әсел Ғалым Қайрат Ұлан",
	"Khmer":       "សុខា ច័ន្ទ ស្រីពៅ",
	"Khoekhoe":    "ǁGaroëb ǃNaruseb ǂGaeseb",
	"Korean":      "민준 서연 김이이",
	"Kurdish":     "ئاسۆ ڕێبوار Şêrko",
	"Kyrgyz":      "Өмүрбек Айгүл",
	"Lao":         "ຄຳ ສົມສັກ ໜູ ໝອນ ນ້ຳ ບຸນມີ",
	"Latvian":     "Jānis Ģirts Ķeira",
	"Lithuanian":  "Žydrė Šarūnas Ąžuolas",
	"Macedonian":  "Ѓорѓи Ќиро Љупчо",
	"Malayalam":   "അജയൻ ലക്ഷ്മി രാജന്\u200d ശ്രീജിത്ത് സല്\u200dമ",
	"Maltese":     "Ġorġ Ħasan Ċetta",
	"Maninka":     "ߛߏ߬ߟߏߡߊ߬ߣߊ߫",
	"Maori":       "Māui Wīremu",
	"Marathi":     "सुर\u094d\u200dया ज्ञानेश्वर ऱ्हास",
	"Meitei":      "ꯏꯕꯣꯝꯆꯥ",
	"Mongolian":   "Бат-Эрдэнэ Өнөр ᠪᠠᠲᠤ ᠰᠠᠷ\u180eᠠ ᠪᠠ\u180bᠲᠤ",
	"Nepali":      "सूर्य पर\u094d\u200dयाङ बिष्णु",
	"Norwegian":   "Bjørn Åshild",
	"Odia":        "ରାଜେଶ କୃଷ୍ଣ",
	"Osage":       "𐓀𐓣𐓩𐓘 𐓀𐓣͘𐓩𐓘",
	"Pashto":      "ګلالۍ زړور ښایسته",
	"Persian":     "علی\u200cرضا محمد\u200cحسین امیر\u200cعلی ژاله پریسا",
	"Polish":      "Łukasz Żaneta Świętosława",
	"Portuguese":  "João Conceição",
	"Punjabi":     "ਗੁਰਪ੍ਰੀਤ ਹਰਜੀਤ ਸਿੰਘ ਪੱਪੂ",
	"Rohingya":    "𐴇𐴝𐴕𐴞𐴉",
	"Romanian":    "Ștefan Ioană Țuțea",
	"Russian":     "Пётр Алёна Иван-Пётр",
	"Santali":     "ᱨᱚᱜᱷᱩᱱᱟᱛᱷ",
	"Serbian":     "Ђорђе Љиљана Џевад",
	"Sindhi":      "ڏاهر ڀڳوان ٻانهو",
	"Sinhala":     "ප්\u200dරියා ශ්\u200dයාමා ක්\u200dෂිති චන්ද්\u200dරික සුනිල්",
	"Slovak":      "Ľubomír Ďuro Ŕ-Zuzana",
	"Spanish":     "Íñigo Begoña Agüero",
	"Swedish":     "Åsa Göran",
	"Syriac":      "ܐܦܪܝܡ",
	"Tajik":       "Ҳақназар Ӯктам Ҷамшед",
	"Tamil":       "முருகன் லட்சுமி ஸ்ரீநிவாஸ் க்ஷேமா",
	"Tatar":       "Җәмилә Ңури",
	"Telugu":      "రాజేష్ లక్ష్మి కృష్ణ క్\u200cలారా",
	"Thai":        "กำพล สมชาย น้ำฝน ตุ๊กตา อำนาจ ญาณี เก๋",
	"Tibetan":     "བསྟན་འཛིན ཚེ་རིང༌སྒྲོལ་མ",
	"Turkish":     "İbrahim Işıl Çağrı Gökçe",
	"Ukrainian":   "Ґалина Їжак Євген",
	"Urdu":        "عائشہ حمزہ ذوالفقار",
	"Uyghur":      "ئالىم گۈلنار",
	"Vai":         "ꗞꗞꖨ",
	"Vietnamese":  "Nguyễn Thị Hường Ưng Đặng",
	"Welsh":       "Siân Llŷr Ŵyn",
	"Yi":          "ꆈꌠ ꑭꉬ",
	"Yiddish":     "יאַנקל שׂרה פֿייגע",
	"Yoruba":      "Ọlásẹ̀hìndé Ṣọlá Àdùkẹ́",
}

// TestNamesOfManyLanguages: names are accepted as keyboards type them.
func TestNamesOfManyLanguages(t *testing.T) {
	t.Parallel()
	if len(people) < 85 {
		t.Errorf("%d languages, want at least 85", len(people))
	}
	for language, names := range people {
		for name := range strings.FieldsSeq(names) {
			if len([]rune(name)) < 2 {
				continue
			}
			got, err := identifier.ParseUserName(name)
			if err != nil {
				t.Errorf("%s: %q (%+q): %v", language, name, name, err)
				continue
			}
			checkUserName(t, name)
			if strings.ContainsAny(got.Key+got.Skeleton, "\u200c\u200d\u180b\u180e·׳״་༌・") {
				t.Errorf("%s: %q has key %+q, skeleton %+q", language, name, got.Key, got.Skeleton)
			}
		}
	}
}

// TestSpellingsThatKeyboardsDiffer has pairs of spellings that one person may type on two
// keyboards. Both are the same name.
func TestSpellingsThatKeyboardsDiffer(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"กำพล", "ก\u0e4d\u0e32พล"}, {"น้ำฝน", "น\u0e49\u0e4d\u0e32ฝน"}, {"น้ำฝน", "น\u0e4d\u0e49\u0e32ฝน"},
		{"ຄຳ", "ຄ\u0ecd\u0eb2"}, {"ນ້ຳ", "ນ\u0ecd\u0ec9\u0eb2"}, {"ໜູ", "ຫນູ"}, {"ໝອນ", "ຫມອນ"},
		{"Սևակ", "Սեւակ"}, {"Gal·la", "galla"}, {"GAL·LA", "Galla"},
		{"علی\u200cرضا", "علیرضا"}, {"محمد\u200cحسین", "محمدحسین"}, {"عَلی\u200cرضا", "عَلیرضا"},
		{"ප්\u200dරියා", "ප්රියා"}, {"രാജന്\u200d", "രാജന്"}, {"গ\u09cd\u200cর", "গ্র"}, {"র\u200d্যাচেল", "র্যাচেল"},
		{"ᠰᠠᠷ\u180eᠠ", "ᠰᠠᠷᠠ"}, {"བཀྲ་ཤིས", "བཀྲ༌ཤིས"}, {"བཀྲ་ཤིས་", "བཀྲཤིས"}, {"ג׳ורג׳", "גורג"}, {"רש״י", "רשי"},
		{"ジョン・スミス", "ジョンスミス"}, {"Ken・田中", "Ken田中"},
	} {
		a, b := mustUserName(t, pair[0]), mustUserName(t, pair[1])
		if a.Key != b.Key || a.Skeleton != b.Skeleton {
			t.Errorf("%q and %q: keys %+q and %+q, skeletons %+q and %+q",
				pair[0], pair[1], a.Key, b.Key, a.Skeleton, b.Skeleton)
		}
		if a.Display != pair[0] {
			t.Errorf("%+q is shown as %+q", pair[0], a.Display)
		}
	}
}

// TestPunctuationThatIsRefused: marks that names do not need, or that have a meaning for programs, are refused. Each
// name is accepted as a display name.
func TestPunctuationThatIsRefused(t *testing.T) {
	t.Parallel()
	for mark, name := range map[string]string{
		"Ethiopic wordspace": "አበበ፡በቀለ", "Mongolian narrow space": "ᠪᠠᠲᠤ\u202fᠶᠢᠨ", "apostrophe": "O'Brien",
		"right quotation mark": "Мар’яна", "Hebrew maqaf": "בן־גוריון", "Armenian hyphen": "Անի֊Մարի", "hyphen": "Jean‐Luc",
		"hyphenation point": "Jean‧Luc", "Katakana double hyphen": "ジャン゠リュック", "Greek numeral sign": "͵αβ",
		"Tibetan shad": "བཀྲ།ཤིས", "Canadian hyphen": "ᐃᓄᒃ᐀ᐃᓄᒃ", "full stop": "王。明", "colon": "ab:cd",
	} {
		if got, err := identifier.ParseUserName(name); !errors.Is(err, identifier.ErrUserNameCharacter) {
			t.Errorf("%s: user name %q: %+q, %v", mark, name, got, err)
		}
		if got, err := identifier.ParseRealName(name); err != nil || got != name {
			t.Errorf("%s: display name %q: %+q, %v", mark, name, got, err)
		}
	}
	// The same names with what is accepted.
	for _, name := range []string{"Мар\u02bcяна", "בן-גוריון", "Անի-Մարի", "ジャン・リュック"} {
		mustUserName(t, name)
	}
}

// TestJoinersOutOfContext: a joiner or a mark of punctuation is refused where spelling does
// not need it. A joiner is invisible and a mark is small, so two names that differ only by
// it would look the same.
func TestJoinersOutOfContext(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"a\u200db", "a\u200cb", "\u200dab", "ab\u200d", "ab\u200c", "علی\u200c", "\u200cعلی", "علی\u200dرضا", "علی\u200c_رضا",
		"क\u200dख", "क\u200cख", "ප්\u200d\u200dරියා", "अ\u200d", "র\u200dয", "李\u200d三", "a·b", "l·a", "·ll", "l·_l",
		"รั\u200cก", "ab\u180ec", "ᠰ\u180e", "\u180bᠰᠠ",
		"a׳b", "׳אב", "אב׳׳", "a״b", "אב״", "״אב", "א״״ב", "a་b", "་བཀྲ", "བཀྲ་་ཤིས", "山་山", "1་2",
		"a・b", "・アイ", "アイ・", "ア・・イ", "ア・_イ", "가・나", "ア1・2",
	} {
		if name, err := identifier.ParseUserName(in); err == nil {
			t.Errorf("%+q is accepted: %+q", in, name)
		}
	}
}
