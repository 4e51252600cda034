package shop

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ScanKind is what a scanned text is, as far as the text alone tells.
type ScanKind string

// What can be scanned.
const (
	ScanOrder   ScanKind = "order"   // an order number, or one with a parcel
	ScanBatch   ScanKind = "batch"   // the code on a batch's list
	ScanBarcode ScanKind = "barcode" // a GTIN
	ScanBin     ScanKind = "bin"     // a bin label with its location
	ScanText    ScanKind = "text"    // a SKU code, or the text of a bin
)

// Scan is a scanned text and what it can be.
type Scan struct {
	Kind     ScanKind
	Text     string // as it was sent, without what scanners add
	Order    OrderID
	Parcel   int   // of ScanOrder; 0: not named
	Batch    int64 // of ScanBatch
	Barcode  Barcode
	Location string // of ScanBin: the location's code
	Bin      string
	// Doubt says why the text is not the order number or the barcode that it looks like. It is what to tell when the text
	// turns out to be nothing else either.
	Doubt string
}

// MaxScanText is the longest text that a scanner may send, in characters. No label in a warehouse has more.
const MaxScanText = 120

// groupSeparator stands between the fields of a GS1 label.
const groupSeparator = "\x1d"

var (
	// symbology is what scanners can be set to put before the text (ISO/IEC 15424): "]E0" before an EAN.
	symbology = regexp.MustCompile(`^\][A-Za-z][0-9A-Za-z]`)
	// gs1Item is a GTIN as GS1-128 labels on cartons have it, behind its application identifier; more fields may follow.
	gs1Item   = regexp.MustCompile(`^\(?01\)?(\d{14})(?:\D.*|[1-39]\d.+)?$`)
	batchCode = regexp.MustCompile(`^(?i:batch)-([1-9]\d{0,17})$`)
	parcelled = regexp.MustCompile(`^(.+?)/([1-9]\d{0,3})$`)
)

// ReadScan says what a scanned text is. Nothing readable, or more than any label holds, is CodeInvalid.
func ReadScan(text string) (Scan, error) {
	text = strings.ReplaceAll(text, groupSeparator, " ")
	text = symbology.ReplaceAllString(strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), "")
	switch {
	case text == "":
		return Scan{}, Invalid("code", "Nothing was scanned. Scan again, or type what is on the label.")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return Scan{}, Invalid("code", "The scanner sent something that cannot be read. Scan again, or type what is on the label.")
	case utf8.RuneCountInString(text) > MaxScanText:
		return Scan{}, Invalid("code", "The scanner sent more than "+strconv.Itoa(MaxScanText)+" characters. Scan one label at a time.")
	}
	for _, read := range []func(string) (Scan, bool){readBatch, readBarcode, readOrder, readBin} {
		if scan, ok := read(text); ok {
			scan.Text = text
			return scan, nil
		}
	}
	return Scan{Kind: ScanText, Text: text, Bin: text}, nil
}

func readBatch(text string) (Scan, bool) {
	found := batchCode.FindStringSubmatch(text)
	if found == nil {
		return Scan{}, false
	}
	id, err := strconv.ParseInt(found[1], 10, 64)
	return Scan{Kind: ScanBatch, Batch: id}, err == nil
}

// readBarcode reads digits of a barcode's length. Twelve digits could be an order number of after 2033 as well; a check
// digit that fits says that they are not.
func readBarcode(text string) (Scan, bool) {
	if found := gs1Item.FindStringSubmatch(text); found != nil {
		text = found[1]
	}
	if strings.Trim(text, "0123456789") != "" || !barcodeLength(len(text)) {
		return Scan{}, false
	}
	code, err := ParseBarcode(text)
	if err != nil {
		if order, ok := readOrder(text); ok && order.Doubt == "" {
			return order, true
		}
		return Scan{Kind: ScanText, Bin: text, Doubt: messageOf(err)}, true
	}
	return Scan{Kind: ScanBarcode, Barcode: code}, true
}

// readOrder reads an order number, alone or with "/" and the parcel.
func readOrder(text string) (Scan, bool) {
	number, parcel := text, 0
	if found := parcelled.FindStringSubmatch(text); found != nil {
		number = found[1]
		parcel, _ = strconv.Atoi(found[2]) // up to four digits
	}
	if !LooksLikeOrderNumber(number) {
		return Scan{}, false
	}
	id, err := ParseOrderNumber(number)
	if err != nil {
		return Scan{Kind: ScanText, Bin: text, Doubt: messageOf(err)}, true
	}
	return Scan{Kind: ScanOrder, Order: id, Parcel: parcel}, true
}

// readBin reads "LOCATION:BIN", as bin labels have it.
func readBin(text string) (Scan, bool) {
	location, bin, found := strings.Cut(text, ":")
	location, bin = strings.TrimSpace(location), strings.TrimSpace(bin)
	return Scan{Kind: ScanBin, Location: location, Bin: bin}, found && location != "" && bin != ""
}

// BatchCode is what the list of a batch says in its barcode.
func BatchCode(id int64) string { return "BATCH-" + strconv.FormatInt(id, 10) }

// ParcelCode is what the papers of a parcel say in their barcode: the order number, and the parcel if it is not the first.
func ParcelCode(order OrderID, parcel int) string {
	if parcel <= 1 {
		return order.Number()
	}
	return order.Number() + "/" + strconv.Itoa(parcel)
}
