package shop

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ScanStep is where something is scanned.
type ScanStep string

// Where things are scanned.
const (
	ScanQueue ScanStep = "queue" // to open what was scanned
	ScanPick  ScanStep = "pick"  // to confirm a bin and count units
	ScanPack  ScanStep = "pack"  // to verify units once more
)

// ScanCommand is one scan of a person. The same key again answers as the first time and counts nothing.
type ScanCommand struct {
	MerchantID int64
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
	Code       string
	Step       ScanStep
	Parcel     ParcelRef // on the page; of ScanPick without a batch, and of ScanPack
	Batch      int64     // on the page; of ScanPick
	At         string    // the bin that was confirmed before; "": none
}

// Check refuses, as CodeInvalid, a scan that does not say where it was made.
func (c ScanCommand) Check() error {
	switch {
	case c.Step == ScanQueue, c.Step == ScanPick && c.Batch != 0, (c.Step == ScanPick || c.Step == ScanPack) && c.Parcel.No != 0:
		return nil
	}
	return Invalid("step", "The scan does not say where it was made.")
}

// Work is what the scan does to a parcel.
func (c ScanCommand) Work(parcel ParcelRef) ParcelWork {
	return ParcelWork{OrderID: parcel.OrderID, No: parcel.No, MerchantID: c.MerchantID, Actor: c.Actor, RequestID: c.RequestID}
}

// ScanTone says at a glance how a scan went.
type ScanTone string

// How a scan may go.
const (
	ScanToneOK    ScanTone = "ok"
	ScanToneWrong ScanTone = "wrong"
	ScanToneDone  ScanTone = "done" // right, and nothing is left to scan here
)

// ScanOpens is what a scan leads to.
type ScanOpens string

// What scans lead to; "" stays.
const (
	OpenOrder ScanOpens = "order"
	OpenPick  ScanOpens = "pick"
	OpenPack  ScanOpens = "pack"
	OpenBatch ScanOpens = "batch"
	OpenSKU   ScanOpens = "sku" // the queue, narrowed to what holds the SKU
)

// ScanAnswer is what is said to a scan, and where it leads.
type ScanAnswer struct {
	Tone   ScanTone
	Title  string // to be read from an arm's length
	Text   string
	At     string // the bin that is confirmed from now on
	Opens  ScanOpens
	Parcel ParcelRef
	Batch  int64
	SKU    string

	Replayed bool `json:"-"` // the answer to an earlier scan with the same key
}

// ScanFound is a scan with what it is to the merchant who scans.
type ScanFound struct {
	Scan
	SKUID    int64 // 0: no SKU of theirs
	SKUCode  string
	SKUName  string
	BinKnown bool // the merchant has such a bin
}

// SKU tells whether a unit of goods was scanned. A barcode can be nothing else; a text that is the code of a SKU is that
// first, even if a bin is called the same.
func (f ScanFound) SKU() bool { return f.SKUID != 0 || f.Kind == ScanBarcode }

func (f ScanFound) what() string { return f.SKUCode + " " + f.SKUName }

// Unknown says that nothing of the merchant is what was scanned. It says no more: what other merchants have is theirs.
func (f ScanFound) Unknown() ScanAnswer {
	a := ScanAnswer{Tone: ScanToneWrong, Title: "Unknown code"}
	switch {
	case f.Doubt != "":
		a.Title, a.Text = "Misread", f.Doubt+" Nothing was counted."
	case f.Kind == ScanBarcode:
		a.Title, a.Text = "Unknown barcode", "None of your SKUs has the barcode "+string(f.Barcode)+"."
	case f.Kind == ScanOrder:
		a.Text = "You have no order " + f.Order.Number() + "."
	case f.Kind == ScanBatch:
		a.Text = "You have no batch " + strconv.FormatInt(f.Batch, 10) + "."
	case f.Kind == ScanBin:
		a.Text = "You have no bin " + f.Bin + " at " + f.Location + "."
	default:
		a.Text = "Nothing of yours is called " + f.Text + "."
	}
	return a
}

// ScanVerdict is what a scan means for what is on the page. Count says that a unit is to be counted on the item.
type ScanVerdict struct {
	Answer ScanAnswer
	Count  bool
	Item   PickItem
}

func wrongScan(title, text string) ScanVerdict {
	return ScanVerdict{Answer: ScanAnswer{Tone: ScanToneWrong, Title: title, Text: text}}
}

// Scan says what a scanned bin or SKU means on a pick list, when somebody stands at the bin at.
func (l PickList) Scan(f ScanFound, at string) ScanVerdict {
	switch {
	case f.SKUID != 0:
		return l.scanSKU(f, at)
	case f.Kind != ScanBarcode && l.hasBin(f):
		return l.scanBin(f)
	case f.Kind != ScanBarcode && f.BinKnown:
		v := wrongScan("Wrong bin", "This is "+f.Bin+". "+l.expected(at))
		v.Answer.At = at
		return v
	}
	v := ScanVerdict{Answer: f.Unknown()}
	v.Answer.Text += " " + l.expected(at)
	v.Answer.At = at
	return v
}

func (s PickStop) isAt(f ScanFound) bool {
	return s.Bin != "" && sameText(s.Bin, f.Bin) && (f.Location == "" || sameText(s.Location, f.Location))
}

func (l PickList) hasBin(f ScanFound) bool {
	return slices.ContainsFunc(l, func(s PickStop) bool { return s.isAt(f) })
}

func (l PickList) scanBin(f ScanFound) ScanVerdict {
	at := slices.IndexFunc(l, func(s PickStop) bool { return s.isAt(f) && s.Left() > 0 })
	if at < 0 {
		return wrongScan("This bin is done", "Everything from "+f.Bin+" is picked. "+l.expected(""))
	}
	s := l[at]
	return ScanVerdict{Answer: ScanAnswer{Tone: ScanToneOK, Title: "Right bin", Text: "Take " + s.take() + ".", At: s.Bin}}
}

func (l PickList) scanSKU(f ScanFound, at string) ScanVerdict {
	var here, elsewhere *PickStop
	full := int64(0)
	for i := range l {
		s := &l[i]
		switch {
		case s.SKUID != f.SKUID:
		case s.Left() == 0:
			full += s.Units()
		case at == "" || sameText(s.Bin, at):
			here = firstStop(here, s)
		default:
			elsewhere = firstStop(elsewhere, s)
		}
	}
	busy := at != "" && slices.ContainsFunc(l, func(s PickStop) bool { return sameText(s.Bin, at) && s.Left() > 0 })
	var v ScanVerdict
	switch {
	case here != nil:
		return l.count(*here)
	case elsewhere != nil && !busy:
		return l.count(*elsewhere)
	case elsewhere != nil:
		v = wrongScan("Wrong item", "This is "+f.what()+", which is picked from "+elsewhere.Place()+". "+l.expected(at))
	case full > 0:
		v = wrongScan("One too many", fmt.Sprintf("All %d of %s are picked. Put this one back. %s", full, f.what(), l.expected(at)))
	default:
		v = wrongScan("Wrong item", "This is "+f.what()+", which is not on the list. "+l.expected(at))
	}
	v.Answer.At = at
	return v
}

func firstStop(a, b *PickStop) *PickStop {
	if a != nil {
		return a
	}
	return b
}

// count gives the unit to the first tote that still needs one.
func (l PickList) count(s PickStop) ScanVerdict {
	at := slices.IndexFunc(s.Items, func(i PickItem) bool { return i.Left() > 0 })
	item := s.Items[at]
	a := ScanAnswer{Tone: ScanToneOK, At: s.Bin, Title: fmt.Sprintf("%d of %d", s.Picked()+1, s.Units()), Text: s.SKUCode + " " + s.Name + "."}
	if item.Tote > 0 {
		a.Title = "Into tote " + strconv.Itoa(item.Tote)
		a.Text = fmt.Sprintf("%s %s: %d of %d, %d of %d into this tote.", s.SKUCode, s.Name, s.Picked()+1, s.Units(), item.Picked+1, item.Quantity)
	}
	if units, picked := l.Units(); picked+1 == units {
		a.Tone, a.At = ScanToneDone, ""
		a.Text += " Everything is picked: on to the packing table."
	}
	return ScanVerdict{Answer: a, Count: true, Item: item}
}

// take is what to take at a stop, in words.
func (s PickStop) take() string {
	return fmt.Sprintf("%d × %s (%s)", s.Left(), s.Name, s.SKUCode)
}

// expected is what should have been scanned.
func (l PickList) expected(at string) string {
	next := l.Next(at)
	if next < 0 {
		return "Everything is picked."
	}
	return "Take " + l[next].take() + " from " + l[next].Place() + "."
}

// ScanParcel says what a scanned SKU means at the packing table, for the lines of one parcel.
func ScanParcel(items []PickItem, f ScanFound) ScanVerdict {
	if !f.SKU() {
		if f.BinKnown {
			return wrongScan("This is a bin", "Here the units of the parcel are scanned. "+stillToVerify(items))
		}
		v := ScanVerdict{Answer: f.Unknown()}
		v.Answer.Text += " " + stillToVerify(items)
		return v
	}
	var open, held int64
	at := -1
	for i, item := range items {
		open += item.Picked - item.Verified
		if item.SKUID == f.SKUID {
			held += item.Picked
			if at < 0 && item.Verified < item.Picked {
				at = i
			}
		}
	}
	switch {
	case at >= 0:
		return verify(items[at], open)
	case f.SKUID == 0:
		v := ScanVerdict{Answer: f.Unknown()}
		v.Answer.Text += " " + stillToVerify(items)
		return v
	case held > 0:
		return wrongScan("One too many", fmt.Sprintf("The parcel has %d of %s, and all are verified. Take this one out. %s", held, f.what(), stillToVerify(items)))
	}
	return wrongScan("Wrong item", f.what()+" does not belong into this parcel. "+stillToVerify(items))
}

func verify(item PickItem, open int64) ScanVerdict {
	a := ScanAnswer{Tone: ScanToneOK, Title: fmt.Sprintf("%d of %d", item.Verified+1, item.Quantity), Text: item.SKUCode + " " + item.Name + "."}
	if open == 1 {
		a.Tone, a.Title, a.Text = ScanToneDone, "All verified", a.Text+" Close the box."
	}
	return ScanVerdict{Answer: a, Count: true, Item: item}
}

// maxNamed bounds the lines that an answer names.
const maxNamed = 3

func stillToVerify(items []PickItem) string {
	var open []string
	for _, i := range items {
		if left := i.Picked - i.Verified; left > 0 {
			open = append(open, fmt.Sprintf("%d × %s (%s)", left, i.Name, i.SKUCode))
		}
	}
	switch {
	case len(open) == 0:
		return "Everything in it is verified."
	case len(open) > maxNamed:
		open = append(open[:maxNamed], fmt.Sprintf("%d other lines", len(open)-maxNamed))
	}
	return "Still to scan: " + strings.Join(open, ", ") + "."
}

// ByHandReasons are the usual reasons why units are counted without a scan.
func ByHandReasons() []string {
	return []string{"No barcode on the goods", "Barcode cannot be read", "Many units at once", "Scanner does not work"}
}

// MaxByHand is the longest reason in characters.
const MaxByHand = 200

// CleanByHand strips the reason why units were counted without a scan; one that is too long is CodeInvalid.
func CleanByHand(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > MaxByHand {
		return "", Invalid("by_hand", fmt.Sprintf("A reason has at most %d characters.", MaxByHand))
	}
	return reason, nil
}

// NeedsReason refuses units that were counted by hand where they are to be scanned.
func NeedsReason() *Error {
	return Invalid("by_hand", "Scan the units, or say why they cannot be scanned.")
}

// ScanReportQuery asks how scanning went at a merchant since a time. Before is the id of the last mismatch of the page before.
type ScanReportQuery struct {
	MerchantID int64
	Since      time.Time
	Before     int64
}

// ScanReport is how scanning went.
type ScanReport struct {
	Required   bool // units are to be scanned
	People     []ScanCount
	Mismatches []ScanMismatch
	More       bool
}

// ScanCount is how somebody's scans went at one step.
type ScanCount struct {
	UserID       int64
	Name         string
	Step         ScanStep
	Right, Wrong int64 // scans
	ByHand       int64 // units counted with a reason instead
}

// Accuracy is the share of right scans in tenths of a percent.
func (c ScanCount) Accuracy() int64 {
	if c.Right+c.Wrong == 0 {
		return 0
	}
	return c.Right * 1000 / (c.Right + c.Wrong)
}

// ScanMismatch is a wrong scan, with what the person was told, or units that were counted by hand, with the reason.
type ScanMismatch struct {
	ID     int64
	At     time.Time
	Name   string
	Step   ScanStep
	Parcel ParcelRef // zero: none was on the page
	Batch  int64
	Code   string
	Said   string
	Reason string // of units counted by hand
	Units  int64
}
