package shop

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// BatchKind is by what the parcels of a batch belong together.
type BatchKind string

// The kinds of batches.
const (
	BatchTotes  BatchKind = "totes"  // the nearest promises, each into its own tote
	BatchSingle BatchKind = "single" // parcels of one unit
	BatchSKU    BatchKind = "sku"    // parcels of nothing but one SKU
	BatchZone   BatchKind = "zone"   // parcels whose goods all lie in one zone
	BatchChosen BatchKind = "chosen" // ticked by somebody
)

// BatchKinds returns the kinds that a batch can be built by, the usual one first.
func BatchKinds() []BatchKind { return []BatchKind{BatchTotes, BatchSingle, BatchSKU, BatchZone} }

// Label is what people call a kind.
func (k BatchKind) Label() string {
	switch k {
	case BatchSingle:
		return "Single units"
	case BatchSKU:
		return "One SKU"
	case BatchZone:
		return "One zone"
	case BatchChosen:
		return "Chosen parcels"
	default:
		return "Orders into totes"
	}
}

// What a picker can carry: bounds, and what is proposed.
const (
	MaxBatchParcels     = 50
	MaxBatchUnits       = 500
	DefaultBatchParcels = 12
	DefaultBatchUnits   = 60
	maxZone             = 32 // as long as a bin
)

// BatchPlan says which parcels are wanted in a batch, and how many.
type BatchPlan struct {
	MerchantID int64
	Kind       BatchKind
	LocationID int64  // 0: any
	SKU        string // its code; of BatchSKU
	Zone       string // how the bins begin; of BatchZone
	MaxParcels int
	MaxUnits   int64
	Chosen     []ParcelRef // of BatchChosen
}

// Clean strips the texts and refuses, as CodeInvalid, what cannot be a batch.
func (p BatchPlan) Clean() (BatchPlan, error) {
	p.SKU, p.Zone = strings.TrimSpace(p.SKU), strings.TrimSpace(p.Zone)
	var fields []FieldError
	refuse := func(when bool, field, message string) {
		if when {
			fields = append(fields, FieldError{field, message})
		}
	}
	switch p.Kind {
	case BatchTotes, BatchSingle:
		p.SKU, p.Zone = "", ""
	case BatchSKU:
		p.Zone = ""
		refuse(p.SKU == "", "sku", "Enter the code of the SKU.")
	case BatchZone:
		p.SKU = ""
		refuse(p.Zone == "" || len(p.Zone) > maxZone, "zone", "Enter how the bins of the zone begin, such as A-.")
	case BatchChosen:
		refuse(len(p.Chosen) == 0, "parcel", "No parcel is ticked. Tick at least one in the queue.")
		refuse(len(p.Chosen) > MaxBatchParcels, "parcel", fmt.Sprintf("At most %d parcels can be picked in one batch.", MaxBatchParcels))
	default:
		refuse(true, "kind", "Choose how the batch is put together.")
	}
	refuse(p.MaxParcels < 1 || p.MaxParcels > MaxBatchParcels, "parcels", fmt.Sprintf("A batch has 1 to %d parcels.", MaxBatchParcels))
	refuse(p.MaxUnits < 1 || p.MaxUnits > MaxBatchUnits, "units", fmt.Sprintf("A batch has 1 to %d units.", MaxBatchUnits))
	if fields != nil {
		return BatchPlan{}, InvalidFields(fields...)
	}
	return p, nil
}

// About is what the kind is about: the SKU, the zone, or nothing.
func (p BatchPlan) About() string { return p.SKU + p.Zone }

// BatchCandidate is a parcel that could go into a batch.
type BatchCandidate struct {
	ParcelRef
	Units    int64
	ShipByAt time.Time
}

// Fill takes candidates, in their order, as long as there is room; one that is too large for what is left is passed over.
func (p BatchPlan) Fill(candidates []BatchCandidate) []BatchCandidate {
	var taken []BatchCandidate
	room := p.MaxUnits
	for _, c := range candidates {
		if len(taken) == p.MaxParcels {
			break
		}
		if c.Units <= room {
			taken = append(taken, c)
			room -= c.Units
		}
	}
	return taken
}

// Totes gives each parcel of a batch a tote, counted from 1. Parcels of one unit share one: whichever parcel a unit goes to,
// it is the same walk, and the packing table sorts them.
func (p BatchPlan) Totes(parcels int) []int {
	totes := make([]int, parcels)
	for i := range totes {
		totes[i] = i + 1
		if p.Kind == BatchSingle {
			totes[i] = 1
		}
	}
	return totes
}

// Empty is what is said when nothing fits the plan.
func (p BatchPlan) Empty() *Error {
	what := map[BatchKind]string{
		BatchTotes:  "No open parcel fits into this batch. Nothing waits to be picked there, or the limit of units is too low.",
		BatchSingle: "No open parcel has just one unit.",
		BatchSKU:    "No open parcel consists of nothing but " + p.SKU + ".",
		BatchZone:   "No open parcel lies in bins that all begin with " + p.Zone + ".",
		BatchChosen: "None of the ticked parcels can be picked any more: others took them meanwhile.",
	}[p.Kind]
	return &Error{Code: CodeConflict, Message: what + " The batch would be empty."}
}

// BatchPreview is what a batch would be.
type BatchPreview struct {
	Parcels []BatchCandidate
	List    PickList
}

// BatchCommand starts a batch: its parcels are claimed for the actor. The same key again is the same batch.
type BatchCommand struct {
	BatchPlan
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// BatchParcel is a parcel in a batch.
type BatchParcel struct {
	ParcelRef
	Tote     int
	Status   FulfillmentStatus
	Units    int64
	ShipByAt time.Time
	LeftAt   time.Time // zero: it is being picked
	LeftAs   string    // the status it left for, or "handed_over"
}

// Open tells whether the parcel is still being picked in the batch.
func (p BatchParcel) Open() bool { return p.LeftAt.IsZero() }

// Picked tells whether the parcel was picked in the batch, to the last unit.
func (p BatchParcel) Picked() bool { return p.LeftAs == string(FulfillmentPicked) }

// BatchHead is a batch without its parcels.
type BatchHead struct {
	ID            int64
	MerchantID    int64
	PickerID      int64
	PickerName    string
	Kind          BatchKind
	About         string
	Parcels       int // that it began with
	OpenParcels   int
	PickedParcels int
	Units, Picked int64 // of the parcels that did not leave unpicked
	CreatedAt     time.Time
	EndedAt       time.Time // zero: it is being picked
}

// Running tells whether somebody still picks it.
func (b BatchHead) Running() bool { return b.EndedAt.IsZero() }

// Title is how people name the batch.
func (b BatchHead) Title() string {
	title := b.Kind.Label()
	if b.About != "" {
		title += " " + b.About
	}
	return title
}

// Batch is a batch with its parcels and what to pick of those that did not leave unpicked.
type Batch struct {
	BatchHead
	Members []BatchParcel
	List    PickList
}

// Concerns tells whether entries of the feed are about a parcel of the batch.
func (b Batch) Concerns(entries []FeedEntry) bool {
	return slices.ContainsFunc(entries, func(e FeedEntry) bool {
		return slices.ContainsFunc(b.Members, func(p BatchParcel) bool { return p.OrderID == e.OrderID })
	})
}

// Gone are the parcels that left without being picked, and are picked by somebody else or not at all.
func (b Batch) Gone() []BatchParcel {
	var gone []BatchParcel
	for _, p := range b.Members {
		if !p.Open() && !p.Picked() {
			gone = append(gone, p)
		}
	}
	return gone
}

// RefusePicker says why somebody cannot pick the batch: it is another's, or it has ended.
func (b Batch) RefusePicker(userID int64) error {
	switch {
	case !b.Running() && b.PickedParcels == b.Parcels:
		return Conflict("Everything in this batch is picked.")
	case !b.Running():
		return Conflict("This batch has ended, and what was not picked left it. Build another one.")
	case b.PickerID != userID:
		return Conflict(b.PickerName + " picks this batch.")
	}
	return nil
}

// BatchWork is what somebody of a merchant does to a batch.
type BatchWork struct {
	ID         int64
	MerchantID int64
	Actor      Actor
	RequestID  string
}

// BatchEnd is what became of a batch that somebody ended.
type BatchEnd struct {
	Released int // parcels that went back to the queue
	Picked   int // parcels that go on to be packed
}

// Suggestion is something that a batch could be about, and how many open parcels are.
type Suggestion struct {
	Code    string
	Name    string
	Parcels int64
}

// BatchSuggestions are what batches could be about now.
type BatchSuggestions struct {
	SKUs  []Suggestion
	Zones []Suggestion
}
