package labels

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"waybill/shop"
)

var printedAt = time.Date(2026, 5, 23, 2, 30, 0, 0, time.UTC)

// hostile are receivers that printers choke on.
var hostile = map[string]shop.Address{
	"plain":    {Name: "Ada Lovelace", Line1: "1 Analytical Way", City: "San Francisco", Region: "CA", PostalCode: "94105", Country: "US", Phone: "+1 415 555 0100"},
	"long":     {Name: strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 7), Line1: strings.Repeat("Donaudampfschifffahrtsgesellschaft", 7), Line2: strings.Repeat("Rear building, third courtyard, ", 7), City: strings.Repeat("Llanfairpwllgwyngyll ", 4), Region: strings.Repeat("x", 100), PostalCode: "12345678901234567890", Country: "BQ", Phone: "+49 (0) 30 1234567890123456789012345678"},
	"hebrew":   {Name: "שלום כהן", Line1: "רחוב הרצל 12, דירה 3", City: "תל אביב", PostalCode: "6688101", Country: "IL"},
	"arabic":   {Name: "محمد بن عبد الله", Line1: "شارع الملك فهد 1234 (B)", City: "الرياض", PostalCode: "11564", Country: "SA"},
	"emoji":    {Name: "Zoë 👩🏽‍🚀 O’Neil 🎉🎉", Line1: "5️⃣ Rue de l’Étoile", City: "Paris", PostalCode: "75001", Country: "FR"},
	"chinese":  {Name: "王小明", Line1: "南京路 100", City: "上海", PostalCode: "200001", Country: "CN"},
	"japanese": {Name: "𠮷野 さくら", Line1: "東京都渋谷区神南一丁目1番1号 サンプルマンション渋谷神南レジデンス1203号室", Line2: "ガーデン・タワー　Ｂ棟", City: "渋谷区", Region: "東京都", PostalCode: "150-0041", Country: "JP"},
	"korean":   {Name: "김하늘", Line1: "세종대로 110", City: "서울특별시 중구", PostalCode: "04524", Country: "KR"},
	"russian":  {Name: "Анна Ильинична Щербакова-Ёлкина", Line1: "ул. Льва Толстого, д. 16, кв. 7", City: "Москва", PostalCode: "119021", Country: "RS"},
	"urdu":     {Name: "ڈاکٹر لڑکا خاں", Line1: "12 مال روڈ", City: "لاہور", PostalCode: "54000", Country: "PK"},
	"mixed":    {Name: "李 Иван שלום محمد 김", Line1: "Müller & 王 GmbH (東京)", City: "Zürich", PostalCode: "8001", Country: "CH"},
	"pictures": {Name: "🎉🎉", Line1: "𝓦𝓮𝓼𝓽 𝟙𝟚 🏠", City: "Paris 🇫🇷", PostalCode: "75001", Country: "FR"},
	"greek":    {Name: "Γιάννης Ζωγράφος", Line1: "Ερμού 5", City: "Αθήνα", PostalCode: "10563", Country: "GR"},
}

// word is a text as it stands on a page.
type word struct {
	text        string
	x, y, width float64 // millimetres from the upper left corner
}

var (
	decimal  = `(-?[0-9.]+)`
	commands = regexp.MustCompile(`(?s)/F([0-9a-f]+) ` + decimal + ` Tf|BT ` + decimal + ` ` + decimal + ` Td \(((?:\\.|[^\\)])*)\) Tj ET|/ActualText <([0-9A-F]+)>|(EMC)`)
)

// words reads the texts of a document back out of its drawing commands. Shaped text is one word for each run.
func words(t *testing.T, pdf []byte, height float64) (pages [][]word) {
	t.Helper()
	measure := newSheet("", 100, 100)
	measure.AddPage()
	for _, content := range streams(t, pdf) {
		if !bytes.Contains(content, []byte(" Tf")) {
			continue
		}
		var page []word
		shaped := "" // what the glyphs that follow say
		for _, m := range commands.FindAllSubmatch(content, -1) {
			switch {
			case len(m[1]) > 0:
				points, _ := strconv.ParseFloat(string(m[2]), 64)
				measure.style(false, points)
				continue
			case len(m[6]) > 0:
				shaped = actualText(t, m[6])
				page = append(page, word{text: shaped, x: math.MaxFloat64, width: measure.drawnWidth([]run{readBack(shaped)})})
				continue
			case len(m[7]) > 0:
				shaped = ""
				continue
			}
			x, _ := strconv.ParseFloat(string(m[3]), 64)
			y, _ := strconv.ParseFloat(string(m[4]), 64)
			if shaped != "" {
				last := &page[len(page)-1]
				last.x, last.y = min(last.x, x*mmPerPoint), height-y*mmPerPoint
				continue
			}
			text := decode(m[5])
			page = append(page, word{text, x * mmPerPoint, height - y*mmPerPoint, measure.drawnWidth([]run{readBack(text)})})
		}
		pages = append(pages, page)
	}
	if len(pages) == 0 {
		t.Fatal("no text could be read back")
	}
	return pages
}

// actualText reads what a PDF says that glyphs mean.
func actualText(t *testing.T, digits []byte) string {
	t.Helper()
	raw, err := hex.DecodeString(string(digits))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(decode(raw), "\uFEFF")
}

// readBack is the run that was drawn as a text, which is of one face.
func readBack(drawn string) run {
	first, _ := utf8.DecodeRuneInString(drawn)
	r := run{face: faceOf(first), text: drawn, rtl: readsFromRight(drawn)}
	if scriptNamed(r.face) != nil {
		r.text = inDrawnOrder(r) // turned twice is as it was
	}
	return r
}

// streams are the contents of a document, unpacked.
func streams(t *testing.T, pdf []byte) (all [][]byte) {
	t.Helper()
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(r)
		if err == nil {
			all = append(all, content)
		}
	}
	return all
}

// decode undoes the escapes of a PDF string and reads it as UTF-16.
func decode(raw []byte) string {
	var plain []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
			if raw[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, raw[i])
	}
	units := make([]uint16, len(plain)/2)
	for i := range units {
		units[i] = uint16(plain[2*i])<<8 | uint16(plain[2*i+1])
	}
	return string(utf16.Decode(units))
}

func keep(t *testing.T, name string, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("LABELS_DIR"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sample(to shop.Address) Label {
	return Label{
		Heading: "Parcel Post", Service: "Express", From: []string{"Northwind Outfitters", "Main warehouse"}, To: to,
		Code: "PP123456785", QR: "https://shop.example/t/6XKQ3-M8ZT-4P", Notes: []string{"6XKQ3-M8ZT-4P", "Box M", "1.25 kg"},
	}
}

func TestNoNameLeavesItsLabel(t *testing.T) {
	t.Parallel()
	for _, size := range []Size{Size4x6, SizeA6} {
		width, height := size.millimetres()
		for name, to := range hostile {
			pdf, err := Labels(size, printedAt, []Label{sample(to)})
			if err != nil {
				t.Fatal(err)
			}
			keep(t, "label-"+string(size)+"-"+name, pdf)
			for _, w := range words(t, pdf, height)[0] {
				if w.x < 3.5 || w.x+w.width > width-3 || w.y < 3 || w.y > height-3 {
					t.Errorf("%s on %s: %q stands at %.1f, %.1f and is %.1f wide", name, size, w.text, w.x, w.y, w.width)
				}
			}
		}
	}
}

func TestEveryHostileNameIsReadableWithoutBoxes(t *testing.T) {
	t.Parallel()
	for name, to := range hostile {
		for _, line := range AddressLines(to) {
			drawn := printable(line)
			if strings.ContainsRune(drawn, missing) || strings.TrimSpace(drawn) == "" {
				t.Errorf("%s: %q is drawn as %q", name, line, drawn)
			}
			for _, r := range drawn {
				if !drawable(r) {
					t.Errorf("%s: no font has %q of %q", name, r, line)
				}
			}
		}
	}
}

func TestTheEasternFontIsInADocumentOnlyWhenItIsNeeded(t *testing.T) {
	t.Parallel()
	sizes := map[string]int{}
	for _, name := range []string{"plain", "chinese"} {
		pdf, err := Labels(Size4x6, printedAt, []Label{sample(hostile[name])})
		if err != nil {
			t.Fatal(err)
		}
		if has := bytes.Contains(pdf, []byte("/BaseFont /utf8droid")); has != (name == "chinese") {
			t.Errorf("%s: the second font is inside: %v", name, has)
		}
		sizes[name] = len(pdf)
	}
	if sizes["chinese"] > 2*sizes["plain"] {
		t.Errorf("a Chinese label has %d bytes, a plain one %d: the font is not cut down to what is used", sizes["chinese"], sizes["plain"])
	}
}

func TestSlipsAndLabelsOfParcelsAreOneDocument(t *testing.T) {
	t.Parallel()
	first, second := slip(2), slip(1)
	label := sample(hostile["chinese"])
	pdf, err := Bundle(SizeA6, printedAt, []Printed{{Slip: &first, Paper: Letter, Label: &label}, {Slip: &second, Paper: A4}})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "bundle", pdf)
	if pages := words(t, pdf, 297); len(pages) != 3 {
		t.Errorf("two slips and a label take %d pages", len(pages))
	}
	for _, size := range []string{"/MediaBox [0 0 612.00 792.00]", "/MediaBox [0 0 595.28 841.89]"} {
		if !bytes.Contains(pdf, []byte(size)) {
			t.Errorf("no page has the size %s", size)
		}
	}
}

// A morning's labels, every third one in Japanese, every third in Thai.
func BenchmarkAHundredLabels(b *testing.B) {
	all := make([]Label, 100)
	for i := range all {
		all[i] = sample(hostile["plain"])
		switch i % 3 {
		case 1:
			all[i] = sample(hostile["japanese"])
		case 2:
			all[i] = sample(worldwide["thai"])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		pdf, err := Labels(Size4x6, printedAt, all)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(pdf)), "bytes")
	}
}

func TestALongAddressIsMadeSmallerAndNotCut(t *testing.T) {
	t.Parallel()
	pdf, err := Labels(SizeA6, printedAt, []Label{sample(hostile["long"])})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, w := range words(t, pdf, 148)[0] {
		all.WriteString(strings.ReplaceAll(w.text, " ", ""))
	}
	for _, line := range AddressLines(hostile["long"]) {
		if !strings.Contains(all.String(), strings.ReplaceAll(line, " ", "")) {
			t.Errorf("%q is not whole on the label", line)
		}
	}
}

func TestTextsStandInVisualOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ logical, drawn string }{
		{"Ada Lovelace 12", "Ada Lovelace 12"},
		{"שלום", "םולש"},
		{"רחוב הרצל 12, דירה 3", "3 הריד ,12 לצרה בוחר"},
		{"Hotel שלום (2)", "Hotel (2) םולש"},
		{"(שלום)", "(םולש)"},
		{"קומה 12/3", "12/3 המוק"},
		{"محمد 12 (سلام)", "(مالس) 12 دمحم"},
		{"غرفة ١٢/٣", "١٢/٣ ةفرغ"},
		{"สมชาย ใจดี 12/3", "สมชาย ใจดี 12/3"},
		{"שלום ที่ 5", "ที่ 5 םולש"},
		{"ที่ שלום", "ที่ םולש"},
		{"שלום ที่", "ที่ םולש"},
	} {
		drawn := ""
		for _, r := range visual(printable(c.logical), readsFromRight(c.logical)) {
			if scriptNamed(r.face) != nil {
				drawn += inDrawnOrder(r)
			} else {
				drawn += r.text
			}
		}
		if drawn != c.drawn {
			t.Errorf("%q is drawn %q, want %q", c.logical, drawn, c.drawn)
		}
	}
	if !readsFromRight("12 שלום") || readsFromRight("12 Hotel שלום") {
		t.Error("not the first letter decides from where a line is read")
	}
}

func TestEveryLineOfAWrappedTextStartsAtItsEdge(t *testing.T) {
	t.Parallel()
	s := newSheet("", 100, 100)
	s.AddPage()
	for _, line := range s.setAt(20, block{lines: []string{"شارع الملك فهد 12 34 56"}}, 12) {
		if !line.rtl {
			t.Errorf("%q does not start at the right edge", line.text)
		}
	}
}

func TestHostileTextsArePrintedAsFarAsTheyCanBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, printed string }{
		{"Zoë 👩🏽‍🚀 O’Neil", "Zoë O’Neil"},
		{"🎉🎉", "(emoji)"},
		{"\U0001F1E9\U0001F1EA Ann", "Ann"},
		{"𝓙𝓸𝓱𝓷", "John"},
		{"𠮷野家", "吉野家"},
		{"Z̸̢͝a̴͠lgo", "Z̸a̴lgo"},
		{"กขค", "กขค"},
		{"ꦗꦮ 5", "□□ 5"},
		{"ก\u0E34\u0E34\u0E48\u0E48\u0E49", "ก\u0E34\u0E48"},
		{"ශ්\u200Dරී ලංකා", "ශ්\u200Dරී ලංකා"},
		{"a\u200Db", "ab"},
		{"ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო"},
		{"محمّد", "محمّد"},
		{"5️⃣ Rue", "5 Rue"},
		{"王小明", "王小明"},
		{"a\u202Eb\x00c\td", "abc d"},
		{"bad\xff", "bad\uFFFD"},
		{"Zoe\u0308", "Zoë"},
		{"שָׁלוֹם", "שלום"},
	} {
		if got := printable(c.given); got != c.printed {
			t.Errorf("%q is printed %q, want %q", c.given, got, c.printed)
		}
	}
}

func TestABarcodeSaysWhatStandsUnderIt(t *testing.T) {
	t.Parallel()
	pdf, err := Labels(Size4x6, printedAt, []Label{sample(hostile["plain"])})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, w := range words(t, pdf, 152.4)[0] {
		found = found || w.text == "PP123456785"
	}
	if !found {
		t.Error("the tracking number does not stand on the label")
	}
	if _, err := Labels(Size4x6, printedAt, []Label{{Code: "Zoë"}}); err == nil {
		t.Error("a code that no scanner reads was printed")
	}
}

func TestTheSameLabelIsTheSameFile(t *testing.T) {
	t.Parallel()
	draw := func() []byte {
		pdf, err := Labels(Size4x6, printedAt, []Label{sample(hostile["arabic"]), sample(hostile["plain"])})
		if err != nil {
			t.Fatal(err)
		}
		return pdf
	}
	if !bytes.Equal(draw(), draw()) {
		t.Error("two prints of one label differ")
	}
}

func TestNothingToPrintIsRefused(t *testing.T) {
	t.Parallel()
	for _, labels := range [][]Label{nil, make([]Label, MaxPages+1)} {
		if _, err := Labels(Size4x6, printedAt, labels); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%d labels: %v", len(labels), err)
		}
	}
	if _, err := ParseSize("a3"); shop.CodeOf(err) != shop.CodeInvalid {
		t.Error("A3 is a label")
	}
	if _, err := ParsePaper("a3"); shop.CodeOf(err) != shop.CodeInvalid {
		t.Error("A3 is a paper")
	}
}

func slip(lines int) Slip {
	s := Slip{
		Merchant: "Northwind Outfitters", Order: "6XKQ3-M8ZT-4P", QR: "https://shop.example/o/6XKQ3-M8ZT-4P", Parcel: "Parcel 1 of 2", PlacedAt: printedAt,
		To: hostile["arabic"], Facts: []string{"Box M, 1.25 kg", "Parcel Post, PP123456785"}, Note: "Something wrong? Open your order at shop.example.",
		Elsewhere: []SlipLine{{"TENT-2", "Two-person tent", 1, 1}},
	}
	for i := range lines {
		s.Lines = append(s.Lines, SlipLine{"SKU-" + strconv.Itoa(i), strings.Repeat("Very long product name, ", i%9) + "مصباح " + strconv.Itoa(i), 2, 3})
	}
	return s
}

func TestASlipNamesEveryLineOnAsManyPagesAsItTakes(t *testing.T) {
	t.Parallel()
	for _, paper := range []Paper{A4, Letter} {
		width, height := paper.millimetres()
		pdf, err := Slips(paper, printedAt, []Slip{slip(60), slip(1)})
		if err != nil {
			t.Fatal(err)
		}
		keep(t, "slip-"+string(paper), pdf)
		pages := words(t, pdf, height)
		if len(pages) < 3 {
			t.Fatalf("60 long lines and one short slip take %d pages", len(pages))
		}
		seen := map[string]bool{}
		for _, page := range pages {
			for _, w := range page {
				seen[w.text] = true
				if w.x < 14.5 || w.x+w.width > width-14 || w.y < 14 || w.y > height-13 {
					t.Errorf("%s: %q stands at %.1f, %.1f and is %.1f wide", paper, w.text, w.x, w.y, w.width)
				}
			}
		}
		for i := range 60 {
			if !seen["SKU-"+strconv.Itoa(i)] {
				t.Errorf("line %d is not on the slip", i)
			}
		}
		if !seen["120 units in this parcel"] || !seen["TENT-2"] {
			t.Error("the slip does not say how many units are inside and what is elsewhere")
		}
	}
}

func TestAManifestListsEveryParcel(t *testing.T) {
	t.Parallel()
	m := Manifest{Merchant: "Northwind", Carrier: "Parcel Post", Number: "M-17", ClosedAt: printedAt, ClosedBy: "Mia", Zone: time.UTC}
	for i := range 70 {
		m.Rows = append(m.Rows, ManifestRow{"PP" + strconv.Itoa(1000+i), "6XKQ3-M8ZT-4P, 6XKQ3-M8ZT-4Q", "王 " + hostile["long"].Name, "1.25 kg"})
	}
	pdf, err := m.Print(A4)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "manifest", pdf)
	seen := 0
	for _, page := range words(t, pdf, 297) {
		for _, w := range page {
			if strings.HasPrefix(w.text, "PP1") {
				seen++
			}
			if w.x+w.width > 196 || w.y > 284 {
				t.Errorf("%q stands at %.1f, %.1f", w.text, w.x, w.y)
			}
		}
	}
	if seen != 70 {
		t.Errorf("%d of 70 parcels are on the manifest", seen)
	}
}
