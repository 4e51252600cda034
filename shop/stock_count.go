package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxCountLines is the most SKUs that one count sheet can have; a larger shelf takes several, by bin.
const MaxCountLines = 500

// CountStatus is the state of a count sheet.
type CountStatus string

// The states of a count sheet.
const (
	CountOpen      CountStatus = "open"      // somebody is counting
	CountApproved  CountStatus = "approved"  // the differences are booked
	CountDiscarded CountStatus = "discarded" // nothing of it was booked
)

// CountSheet is what is to be counted at a location.
type CountSheet struct {
	ID         int64
	MerchantID int64
	LocationID int64
	Location   string // name
	Bins       string // how the bins on the sheet begin; "": all
	Status     CountStatus
	OpenedBy   string
	OpenedAt   time.Time
	ClosedBy   string
	ClosedAt   time.Time
	All        int64 // SKUs on the sheet
	Counted    int64
	Different  int64       // of the counted ones
	Lines      []CountLine // by bin and code; not in lists
}

// CountLine is one SKU on a sheet. Expected is what was on record when it was counted, and known to nobody before.
type CountLine struct {
	SKUID     int64
	Code      string
	Name      string // product and variant
	Bin       string
	Entered   bool
	Expected  int64
	Counted   int64
	CountedBy string
	CountedAt time.Time
}

// Difference is how many units more were counted than expected.
func (l CountLine) Difference() int64 {
	if !l.Entered {
		return 0
	}
	return l.Counted - l.Expected
}

// OpenCount asks for a count sheet of a location, for all of its bins or those whose names begin with Bins.
type OpenCount struct {
	MerchantID int64
	LocationID int64
	Bins       string
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
}

// Clean trims the bins and refuses what cannot be, as CodeInvalid.
func (c OpenCount) Clean() (OpenCount, error) {
	c.Bins = strings.TrimSpace(c.Bins)
	var fields []FieldError
	if c.LocationID <= 0 {
		fields = append(fields, FieldError{"locationId", "Choose where to count."})
	}
	if utf8.RuneCountInString(c.Bins) > MaxBin {
		fields = append(fields, FieldError{"bins", fmt.Sprintf("The bins can have at most %d characters.", MaxBin)})
	}
	if fields != nil {
		return c, InvalidFields(fields...)
	}
	return c, nil
}

// CountWork is work on an open sheet. Key is that of work which closes it.
type CountWork struct {
	SheetID    int64
	MerchantID int64 // 0: whosever it is
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
}

// EnterCounts says what was counted: units by SKU.
type EnterCounts struct {
	CountWork
	Counted map[int64]int64
}

// CountField is what the number of a SKU is called in forms.
func CountField(skuID int64) string { return fmt.Sprintf("counted[%d]", skuID) }

// Check refuses numbers that no shelf has, as CodeInvalid.
func (c EnterCounts) Check() error {
	var fields []FieldError
	for sku, n := range c.Counted {
		if n < 0 || n > MaxStock {
			fields = append(fields, FieldError{CountField(sku), fmt.Sprintf("Enter between 0 and %d units.", MaxStock)})
		}
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}
