package labels

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"waybill/shop"
)

// worldwide are addresses as people write them at home, in every script that is shaped and in some that are not.
var worldwide = map[string]shop.Address{
	"thai":      {Name: "นายสมชาย ศรีสุวรรณ์", Line1: "บริษัท ก้าวหน้า (ไทยแลนด์) จำกัด", Line2: "123/45 หมู่ 6 ซอยสุขุมวิท 21 ถนนสุขุมวิท แขวงคลองเตยเหนือ เขตวัฒนา", City: "กรุงเทพมหานคร", PostalCode: "10110", Country: "TH", Phone: "+66 2 123 4567"},
	"bangkok":   {Name: "ที่ทำการไปรษณีย์ ณ กรุงเทพมหานครอมรรัตนโกสินทร์มหินทรายุธยามหาดิลกภพนพรัตนราชธานีบูรีรมย์อุดมราชนิเวศน์มหาสถาน", Line1: "ปั๊มน้ำมันเชื้อเพลิงตรงข้ามที่ว่าการอำเภอเมืองเชียงใหม่ติดกับร้านก๋วยเตี๋ยว", City: "เชียงใหม่", PostalCode: "50200", Country: "TH"},
	"hindi":     {Name: "श्रीमती लक्ष्मी कृष्णमूर्ति", Line1: "फ़्लैट नं. 12-बी, द्वितीय तल, राष्ट्रपति अपार्टमेंट", Line2: "महात्मा गाँधी मार्ग, कनॉट प्लेस", City: "नई दिल्ली", Region: "DL", PostalCode: "110001", Country: "IN", Phone: "+91 11 2345 6789"},
	"marathi":   {Name: "ज्ञानेश्वर कुलकर्णी", Line1: "सदाशिव पेठ, टिळक रस्ता ३४/२", City: "पुणे", PostalCode: "411030", Country: "IN"},
	"nepali":    {Name: "विष्णुप्रसाद उपाध्याय", Line1: "ठमेल, वडा नं. २६", City: "काठमाडौँ", PostalCode: "44600", Country: "NP"},
	"bengali":   {Name: "শ্রী রবীন্দ্রনাথ চট্টোপাধ্যায়", Line1: "বাড়ি ১২, সড়ক ৭, ধানমন্ডি", City: "ঢাকা", PostalCode: "1205", Country: "BD"},
	"punjabi":   {Name: "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", Line1: "ਮਕਾਨ ਨੰ. 45, ਮਾਲ ਰੋਡ", City: "ਅੰਮ੍ਰਿਤਸਰ", PostalCode: "143001", Country: "IN"},
	"gujarati":  {Name: "જ્યોત્સના પટેલ", Line1: "૧૨, સ્વામી વિવેકાનંદ માર્ગ", City: "અમદાવાદ", PostalCode: "380009", Country: "IN"},
	"odia":      {Name: "ଶ୍ରୀ ଜଗନ୍ନାଥ ମହାପାତ୍ର", Line1: "ଗ୍ରାଣ୍ଡ ରୋଡ୍ ୧୨", City: "ଭୁବନେଶ୍ୱର", PostalCode: "751001", Country: "IN"},
	"tamil":     {Name: "திருமதி லட்சுமி கிருஷ்ணன்", Line1: "எண் 5, அண்ணா சாலை, தியாகராய நகர்", City: "சென்னை", PostalCode: "600017", Country: "IN"},
	"telugu":    {Name: "శ్రీ వేంకటేశ్వర్లు రెడ్డి", Line1: "ఇంటి నం. 8-2-293, జూబ్లీ హిల్స్", City: "హైదరాబాద్", PostalCode: "500033", Country: "IN"},
	"kannada":   {Name: "ಶ್ರೀಕೃಷ್ಣ ಕುಲಕರ್ಣಿ", Line1: "ಮಹಾತ್ಮ ಗಾಂಧಿ ರಸ್ತೆ, 3ನೇ ಅಡ್ಡರಸ್ತೆ", City: "ಬೆಂಗಳೂರು", PostalCode: "560001", Country: "IN"},
	"malayalam": {Name: "ശ്രീകുമാർ നമ്പൂതിരി", Line1: "മഹാത്മാഗാന്ധി റോഡ്, 12/3", City: "തിരുവനന്തപുരം", PostalCode: "695001", Country: "IN"},
	"sinhala":   {Name: "ශ්\u200Dරියානි වික්\u200Dරමසිංහ", Line1: "අංක 12, ගාලු පාර", City: "කොළඹ", PostalCode: "00300", Country: "LK"},
	"lao":       {Name: "ທ້າວ ສົມພອນ ວົງສະຫວັນ", Line1: "ບ້ານ ໂພນສີນວນ, ຖະໜົນ ທ່າເດື່ອ, ເມືອງ ສີສັດຕະນາກ", City: "ນະຄອນຫຼວງວຽງຈັນ", PostalCode: "01000", Country: "LA"},
	"khmer":     {Name: "លោក សុខ សំណាង", Line1: "ផ្ទះលេខ ១២ ផ្លូវ ២៤០ សង្កាត់ចតុមុខ", Line2: "ខណ្ឌ\u200Bដូនពេញ\u200Bរាជធានី\u200Bភ្នំពេញ\u200Bព្រះរាជាណាចក្រ\u200Bកម្ពុជា\u200Bអាគារ\u200Bសាលាក្រុង", City: "ភ្នំពេញ", PostalCode: "120207", Country: "KH"},
	"burmese":   {Name: "ဒေါ်အောင်ဆန်းမြင့်", Line1: "အမှတ် ၁၂၊ ကမ္ဘာအေးဘုရားလမ်း၊ မြို့ပတ်ရထားဘူတာရုံအနီးတစ်ဝိုက်", City: "ရန်ကုန်မြို့", PostalCode: "11081", Country: "MM"},
	"dzongkha":  {Name: "ཀརྨ་རྡོ་རྗེ", Line1: "ནོར་འཛིན་ལམ།", City: "ཐིམ་ཕུག", PostalCode: "11001", Country: "BT"},
	"amharic":   {Name: "አቶ ተስፋዬ ገብረማርያም", Line1: "ቦሌ ክፍለ ከተማ፣ ወረዳ 03፣ የቤት ቁጥር 1234", City: "አዲስ አበባ", PostalCode: "1000", Country: "ET"},
	"dhivehi":   {Name: "އިބްރާހީމް މުޙައްމަދު", Line1: "ޗާންދަނީ މަގު 12", City: "މާލެ", PostalCode: "20026", Country: "MV"},
	"santali":   {Name: "ᱥᱟᱱᱛᱟᱲᱤ ᱢᱩᱨᱢᱩ", Line1: "ᱫᱩᱢᱠᱟᱹ 12", City: "ᱫᱩᱢᱠᱟᱹ", PostalCode: "814101", Country: "IN"},
	"manipuri":  {Name: "ꯃꯩꯇꯩꯂꯣꯟ ꯁꯤꯡꯍ", Line1: "ꯏꯝꯐꯥꯜ ꯂꯝꯕꯤ 5", City: "ꯏꯝꯐꯥꯜ", PostalCode: "795001", Country: "IN"},
	"arabic":    {Name: "د. عبد الرحمٰن بن محمّد الأنصاري", Line1: "شارع الملك فهد، مبنى ١٢٣٤ (برج B)، الطابق ٥", City: "الرياض", PostalCode: "11564", Country: "SA"},
	"persian":   {Name: "پژمان کیانی‌نژاد", Line1: "تهران، خیابان ولی‌عصر، پلاک ۱۲۳، واحد ۴", City: "تهران", PostalCode: "1966733411", Country: "IR"},
	"urdu":      {Name: "محترمہ فاطمہ خاں", Line1: "مکان نمبر 12، گلی نمبر ٣، مال روڈ", City: "لاہور", PostalCode: "54000", Country: "PK"},
	"pashto":    {Name: "ښاغلی ډېر ځلمی څړک", Line1: "د ګلانو کوڅه ۷", City: "کابل", PostalCode: "1001", Country: "AF"},
	"kurdish":   {Name: "هێمن گوڵاڵە", Line1: "شەقامی ٦٠ مەتری", City: "هەولێر", PostalCode: "44001", Country: "IQ"},
	"uyghur":    {Name: "ئەركىن تۇرسۇن", Line1: "ئازادلىق يولى 12", City: "ئۈرۈمچى", PostalCode: "830000", Country: "CN"},
	"hebrew":    {Name: "שלום כהן", Line1: "רחוב הרצל 12, דירה 3", City: "תל אביב", PostalCode: "6688101", Country: "IL"},
	"georgian":  {Name: "გიორგი მაისურაძე", Line1: "რუსთაველის გამზირი 12", City: "თბილისი", PostalCode: "0108", Country: "GE"},
	"armenian":  {Name: "Արամ Հովհաննիսյան", Line1: "Մաշտոցի պողոտա 12", City: "Երևան", PostalCode: "0002", Country: "AM"},
	"viet":      {Name: "Nguyễn Thị Phương Thảo", Line1: "Số 12, ngõ 34, đường Trần Hưng Đạo", City: "Hà Nội", PostalCode: "100000", Country: "VN"},
	"mongolian": {Name: "Өнөрбаяр Цэцэгмаа", Line1: "Энхтайваны өргөн чөлөө 12", City: "Улаанбаатар", PostalCode: "14200", Country: "MN"},
	"together":  {Name: "Müller สมชาย & 王小明 GmbH", Line1: "c/o लक्ष्मी Ltd. (محمد) Gate 5, ชั้น 3", City: "Zürich", PostalCode: "8001", Country: "CH"},
}

// glyphsOf are the glyphs of a text, over all of its runs that are shaped.
func glyphsOf(text string) (glyphs []glyph) {
	s := newSheet("", 100, 100)
	s.AddPage()
	s.style(false, 10)
	for _, r := range visual(printable(text), false) {
		if sh := s.shaperOf(r.face); sh != nil {
			glyphs = append(glyphs, sh.shape(r).glyphs...)
		}
	}
	return glyphs
}

func TestEveryAddressOfTheWorldHasAGlyphForEveryLetter(t *testing.T) {
	t.Parallel()
	for name, to := range worldwide {
		for _, line := range AddressLines(to) {
			if given := printable(line); strings.ContainsRune(given, missing) {
				t.Errorf("%s: %q is printed as %q", name, line, given)
			}
			for i, g := range glyphsOf(line) {
				if g.id == 0 {
					t.Errorf("%s: glyph %d of %q is missing in its font", name, i, line)
				}
			}
		}
	}
}

func TestEveryShapedScriptIsAmongTheAddresses(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	for _, to := range worldwide {
		for _, r := range strings.Join(AddressLines(to), "") {
			written[faceOf(r)] = true
		}
	}
	for _, s := range scripts {
		if !written[s.name] {
			t.Errorf("no address is written in %s", s.name)
		}
	}
}

// A letter with its signs and a conjunct are one drawing. Without shaping there would be a glyph for every character.
func TestClustersAreShaped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		glyphs int
	}{
		{"क्ष", 1},
		{"ज्ञ", 1},
		{"श्री", 2},
		{"র্ক", 2},
		{"க்ஷ", 1},
		{"ක්\u200Dර", 2},
		{"لا", 1},
	} {
		if got := len(glyphsOf(c.text)); got != c.glyphs || got >= utf8.RuneCountInString(c.text) {
			t.Errorf("%q is %d glyphs of %d characters, want %d", c.text, got, utf8.RuneCountInString(c.text), c.glyphs)
		}
	}
}

// The tone of Thai stands above the vowel where there is one, and the vowel sign of Devanagari before its consonant.
func TestSignsStandWhereTheyAreRead(t *testing.T) {
	t.Parallel()
	alone, stacked := glyphsOf("ท\u0E48"), glyphsOf("ท\u0E35\u0E48")
	if len(alone) != 2 || len(stacked) != 3 {
		t.Fatalf("%d and %d glyphs", len(alone), len(stacked))
	}
	if alone[1].id == stacked[2].id && alone[1].y >= stacked[2].y {
		t.Errorf("the tone stands as high over the vowel as over the consonant")
	}
	if ka, ki := glyphsOf("क"), glyphsOf("कि"); ki[len(ki)-1].id != ka[0].id {
		t.Error("the short i does not stand before its consonant")
	}
	joined, isolated := glyphsOf("محمد"), glyphsOf("م")
	if slices.ContainsFunc(joined, func(g glyph) bool { return g.id == isolated[0].id }) {
		t.Error("a letter of an Arabic word is not joined")
	}
}

func TestLabelsOfTheWorldFitTheirPaper(t *testing.T) {
	t.Parallel()
	for _, size := range []Size{Size4x6, SizeA6} {
		width, height := size.millimetres()
		for name, to := range worldwide {
			pdf, err := Labels(size, printedAt, []Label{sample(to)})
			if err != nil {
				t.Fatal(err)
			}
			keep(t, "world-"+string(size)+"-"+name, pdf)
			for _, w := range words(t, pdf, height)[0] {
				if w.x < 3.5 || w.x+w.width > width-3.9 || w.y < 3 || w.y > height-3 {
					t.Errorf("%s on %s: %q stands at %.1f, %.1f and is %.1f wide", name, size, w.text, w.x, w.y, w.width)
				}
			}
		}
	}
}

func textsOf(lines []setLine) (texts []string) {
	for _, line := range lines {
		texts = append(texts, line.text)
	}
	return texts
}

// A name that is one word for its writer is divided, but never within a syllable, and nothing of it is lost.
func TestWordsAreDividedBetweenSyllables(t *testing.T) {
	t.Parallel()
	s := newSheet("", 100, 100)
	s.AddPage()
	s.style(false, 12)
	for _, text := range []string{
		worldwide["bangkok"].Line1, "ក្រុមហ៊ុនអាហារដ្ឋានភ្នំពេញក្រោម", "အမှတ်မြို့ပတ်ရထားဘူတာရုံ", "राष्ट्रपतिअपार्टमेंट", "ශ්\u200Dරීවික්\u200Dරමසිංහ",
	} {
		parts := textsOf(s.wrap(printable(text), 14))
		if strings.Join(parts, "") != printable(text) {
			t.Errorf("%q became %q", text, parts)
		}
		whole := glyphsOf(text)
		var divided []glyph
		for _, part := range parts {
			divided = append(divided, glyphsOf(part)...)
			if s.width(part) > 14 {
				t.Errorf("%q is wider than its line", part)
			}
		}
		if !slices.EqualFunc(whole, divided, func(a, b glyph) bool { return a.id == b.id }) {
			t.Errorf("%q has other glyphs when it is divided: %q", text, parts)
		}
	}
}

func TestALineIsMadeSmallerBeforeAWordIsDivided(t *testing.T) {
	t.Parallel()
	long := worldwide["bangkok"].Line1
	pdf, err := Labels(SizeA6, printedAt, []Label{sample(shop.Address{Name: "สมชาย", Line1: long, City: "เชียงใหม่", PostalCode: "50200", Country: "TH"})})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, w := range words(t, pdf, 148)[0] {
		found = found || w.text == long
	}
	if !found {
		t.Errorf("%q is divided although it fits when it is smaller", long)
	}
}

func TestABreakThatTheWriterAllowedIsTaken(t *testing.T) {
	t.Parallel()
	s := newSheet("", 100, 100)
	s.AddPage()
	s.style(false, 12)
	parts := textsOf(s.wrap(printable("ខណ្ឌ\u200Bដូនពេញ\u200Bរាជធានី\u200Bភ្នំពេញ"), 24))
	for _, part := range parts[:len(parts)-1] {
		if !strings.HasSuffix(part, string(breakHere)) {
			t.Errorf("%q does not end where a word does", part)
		}
	}
	if len(parts) < 2 {
		t.Error("the line was not divided")
	}
}

// Marks without end, and letters tied without end, stay on their paper like everything else.
func TestTowersAndChainsStayOnTheLabel(t *testing.T) {
	t.Parallel()
	to := shop.Address{Name: "ก" + strings.Repeat("\u0E34\u0E49", 60), Line1: "ក" + strings.Repeat("\u17D2ក", 60), Line2: strings.Repeat("क्", 90), City: "\u0E49\u0E34", PostalCode: "1", Country: "TH"}
	width, height := SizeA6.millimetres()
	pdf, err := Labels(SizeA6, printedAt, []Label{sample(to)})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "towers", pdf)
	for _, w := range words(t, pdf, height)[0] {
		if w.x < 3.5 || w.x+w.width > width-3.5 || w.y > height-3 {
			t.Errorf("%q stands at %.1f, %.1f and is %.1f wide", w.text, w.x, w.y, w.width)
		}
	}
}

// Lines of scripts with signs above and below are set farther apart, so that none covers its neighbour.
func TestLinesOfTallScriptsDoNotTouch(t *testing.T) {
	t.Parallel()
	s := newSheet("", 100, 100)
	s.AddPage()
	s.style(false, 10)
	plain, thai, burmese := s.extentOf("Ada"), s.extentOf("ที่อยู่ ญู่"), s.extentOf("မြို့")
	if plain != plainExtent || thai.above <= plain.above || thai.below <= plain.below || burmese.below <= plain.below {
		t.Errorf("extents: %v, %v, %v", plain, thai, burmese)
	}
}

func TestAScriptWithoutAFontIsPrintedAsBoxesThatAreSeen(t *testing.T) {
	t.Parallel()
	pdf, err := Labels(Size4x6, printedAt, []Label{sample(shop.Address{Name: "ꦱꦸꦥꦂꦠ Suparta", Line1: "Jl. Malioboro 12", City: "Yogyakarta", PostalCode: "55213", Country: "ID"})})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "unsupported", pdf)
	found := false
	for _, w := range words(t, pdf, 152.4)[0] {
		found = found || w.text == "□□□ Suparta"
	}
	if !found {
		t.Error("letters that no font has do not stand as boxes")
	}
}

func TestEveryGlyphOfAScriptHasAName(t *testing.T) {
	t.Parallel()
	for i := range scripts {
		s := &scripts[i]
		named := parse(s.named())
		for _, block := range s.blocks {
			for r := block[0]; r <= block[1]; r++ {
				glyph, ok := s.font().NominalGlyph(r)
				if !ok {
					continue
				}
				if got, _ := named.NominalGlyph(nameOf(glyph)); got != glyph {
					t.Fatalf("%s: the name of glyph %d draws %d", s.name, glyph, got)
				}
			}
		}
	}
}

func TestASlipNamesThingsInEveryScript(t *testing.T) {
	t.Parallel()
	s := Slip{Merchant: "ร้านหนังสือ นานมี", Order: "6XKQ3-M8ZT-4P", Parcel: "Parcel 1 of 1", PlacedAt: printedAt, From: "คลังสินค้า ลาดกระบัง", To: worldwide["thai"], Note: "ขอบคุณ धन्यवाद شكرا"}
	for _, to := range worldwide {
		s.Lines = append(s.Lines, SlipLine{SKU: "SKU-" + to.Country, Name: to.Name + ", " + to.Line1 + ", " + to.Line2, Quantity: 1, Ordered: 1})
	}
	slices.SortFunc(s.Lines, func(a, b SlipLine) int { return strings.Compare(a.SKU+a.Name, b.SKU+b.Name) })
	width, height := A4.millimetres()
	pdf, err := Slips(A4, printedAt, []Slip{s})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "slip-world", pdf)
	for _, page := range words(t, pdf, height) {
		for _, w := range page {
			if w.x < 14.5 || w.x+w.width > width-14 || w.y < 14 || w.y > height-13 || strings.ContainsRune(w.text, missing) {
				t.Errorf("%q stands at %.1f, %.1f and is %.1f wide", w.text, w.x, w.y, w.width)
			}
		}
	}
}

func TestASlipOfOneUnitSaysSo(t *testing.T) {
	t.Parallel()
	s := slip(0)
	s.Lines = []SlipLine{{SKU: "TENT-1", Name: "Tent", Quantity: 1, Ordered: 1}}
	pdf, err := Slips(A4, printedAt, []Slip{s})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, w := range words(t, pdf, 297)[0] {
		found = found || w.text == "1 unit in this parcel"
	}
	if !found {
		t.Error("the slip does not say that one unit is inside")
	}
}

func TestALabelInThaiCanBeSearchedAndIsSmall(t *testing.T) {
	t.Parallel()
	pdf, err := Labels(Size4x6, printedAt, []Label{sample(worldwide["thai"])})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, w := range words(t, pdf, 152.4)[0] {
		found = found || w.text == "กรุงเทพมหานคร"
	}
	if !found {
		t.Error("the town cannot be found as text")
	}
	if len(pdf) > 60_000 || bytes.Contains(pdf, []byte("droid")) {
		t.Errorf("the label has %d bytes", len(pdf))
	}
}
