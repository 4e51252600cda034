package shop

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Box is a carton that a merchant packs into. Lengths are millimetres, weights grams; TareGrams is what it weighs empty.
type Box struct {
	ID         int64
	MerchantID int64
	Name       string
	LengthMM   int
	WidthMM    int
	HeightMM   int
	TareGrams  int64
	Hotkey     int // 1 to 9 at the packing table; 0: none
	Retired    bool
}

// Limits of boxes and parcels. What is heavier or longer goes by freight, not by parcel.
const (
	MaxBoxes       = 50
	MaxBoxName     = 40
	MaxBoxMM       = 3_000
	MaxParcelGrams = 70_000
	MaxParcels     = 50 // of one order
)

// Check refuses, as CodeInvalid with every field named, a box that does not exist in the world.
func (b Box) Check() error {
	var fields []FieldError
	refuse := func(field, message string) { fields = append(fields, FieldError{field, message}) }
	switch length := utf8.RuneCountInString(b.Name); {
	case strings.TrimSpace(b.Name) == "":
		refuse("name", "Give the box a name.")
	case length > MaxBoxName:
		refuse("name", fmt.Sprintf("The name can have at most %d characters.", MaxBoxName))
	}
	for _, side := range []struct {
		field string
		mm    int
	}{{"length", b.LengthMM}, {"width", b.WidthMM}, {"height", b.HeightMM}} {
		if side.mm < 1 || side.mm > MaxBoxMM {
			refuse(side.field, fmt.Sprintf("Enter the %s in millimetres, 1 to %d.", side.field, MaxBoxMM))
		}
	}
	if b.TareGrams < 0 || b.TareGrams > MaxParcelGrams {
		refuse("tare", fmt.Sprintf("Enter what the empty box weighs in grams, at most %d.", MaxParcelGrams))
	}
	if b.Hotkey < 0 || b.Hotkey > 9 {
		refuse("hotkey", "The key is one of 1 to 9.")
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// Size is the box's measures in words: "300 × 200 × 150 mm".
func (b Box) Size() string {
	return fmt.Sprintf("%d × %d × %d mm", b.LengthMM, b.WidthMM, b.HeightMM)
}

// ParseWeight reads what stands on a scale, kilograms with up to three decimals or grams with a "g", as grams. Anything
// that no parcel weighs is CodeInvalid.
func ParseWeight(text string) (grams int64, err error) {
	refused := Invalid("weight", fmt.Sprintf("Enter what the scale shows in kilograms, such as 1.25. A parcel weighs at most %d kg.", MaxParcelGrams/1000))
	text = strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(text), "")), ",", ".")
	if number, ok := strings.CutSuffix(text, "kg"); ok {
		text = number
	} else if number, ok := strings.CutSuffix(text, "g"); ok {
		grams, err = strconv.ParseInt(number, 10, 64)
		if err != nil || grams < 1 || grams > MaxParcelGrams {
			return 0, refused
		}
		return grams, nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 3 || len(whole) > 6 || !isDigits(whole+fraction) {
		return 0, refused
	}
	grams, err = strconv.ParseInt(whole+fraction+strings.Repeat("0", 3-len(fraction)), 10, 64)
	if err != nil || grams < 1 || grams > MaxParcelGrams {
		return 0, refused
	}
	return grams, nil
}

// Kilograms writes a weight as people read it off a scale: "1.25".
func Kilograms(grams int64) string {
	text := fmt.Sprintf("%d.%03d", grams/1000, grams%1000)
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(text, "0"), "."), " ")
}

// CheckWeight refuses a weight that cannot be that of the packed box.
func (b Box) CheckWeight(grams int64) error {
	switch {
	case grams < 1 || grams > MaxParcelGrams:
		return Invalid("weight", fmt.Sprintf("A parcel weighs more than nothing and at most %d kg.", MaxParcelGrams/1000))
	case grams < b.TareGrams:
		return Invalid("weight", fmt.Sprintf("Box %s alone weighs %s kg. Is everything on the scale?", b.Name, Kilograms(b.TareGrams)))
	}
	return nil
}

// PackCommand seals a picked parcel. BoxID 0 and WeightGrams 0 are not known yet; the label asks for them. Lines says how
// many units of which lines are inside: what is left goes on as another parcel of the order. Without Lines it is
// everything.
type PackCommand struct {
	ParcelWork
	BoxID       int64
	WeightGrams int64
	Lines       []PickedLine
}

// Rest decides a split: the units of each item that stay outside the parcel. Lines that the parcel has not, and more units
// than it holds, are CodeInvalid, and so is packing nothing.
func (c PackCommand) Rest(items []FulfillmentItem) (rest []PickedLine, err error) {
	if len(c.Lines) == 0 {
		return nil, nil
	}
	inside := map[int]int64{}
	var fields []FieldError
	for _, line := range c.Lines {
		if _, twice := inside[line.LineNo]; twice {
			return nil, Invalid(lineField(line.LineNo), "This line was given twice.")
		}
		inside[line.LineNo] = line.Quantity
	}
	packed := int64(0)
	for _, item := range items {
		units, named := inside[item.LineNo]
		delete(inside, item.LineNo)
		switch {
		case !named:
			units = 0
		case units < 0 || units > item.Quantity:
			fields = append(fields, FieldError{lineField(item.LineNo), fmt.Sprintf("This parcel has %d of it. Enter 0 to %d.", item.Quantity, item.Quantity)})
			continue
		}
		packed += units
		if units < item.Quantity {
			rest = append(rest, PickedLine{LineNo: item.LineNo, Quantity: item.Quantity - units})
		}
	}
	for line := range inside {
		fields = append(fields, FieldError{lineField(line), "This line is not in the parcel."})
	}
	switch {
	case fields != nil:
		return nil, InvalidFields(fields...)
	case packed == 0:
		return nil, Invalid("units", "Put at least one unit into the parcel.")
	}
	return rest, nil
}

func lineField(line int) string { return "units[" + strconv.Itoa(line) + "]" }

// PackingHelp is what is known about a parcel before it is weighed.
type PackingHelp struct {
	ContentGrams int64 // by the catalog, without the box; 0: not known
	Together     []MergeCandidate
}

// MergeCandidate is a packed parcel of the same customer to the same address, which has no label yet.
type MergeCandidate struct {
	ParcelRef
	Units       int64
	WeightGrams int64
}
