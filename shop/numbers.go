package shop

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Limits of the numbers.
const (
	MaxNumbersParcels = 20_000 // whose stories one page tells; a longer period is refused
	MaxNumbersPickers = 100
)

// NumbersPeriod is one of the periods that the numbers can be of. Days are the merchant's.
type NumbersPeriod string

// The periods, each up to now or to a midnight.
const (
	NumbersToday     NumbersPeriod = "today"
	NumbersYesterday NumbersPeriod = "yesterday"
	NumbersWeek      NumbersPeriod = "week"  // the last seven days, today among them
	NumbersMonth     NumbersPeriod = "month" // the last 28 days, today among them
)

// NumbersPeriods returns all periods, the shortest first.
func NumbersPeriods() []NumbersPeriod {
	return []NumbersPeriod{NumbersToday, NumbersYesterday, NumbersWeek, NumbersMonth}
}

// Span is the period in time, [from, until), and the moments at which its parts begin: hours of a day, days of more. A day
// has as many hours as its clock shows, 23 or 25 among them.
func (p NumbersPeriod) Span(now time.Time, zone *time.Location) (from, until time.Time, parts []time.Time) {
	local := now.In(zone)
	midnight := func(days int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, zone)
	}
	days := map[NumbersPeriod]int{NumbersToday: 0, NumbersYesterday: -1, NumbersWeek: -6, NumbersMonth: -27}[p]
	from, until = midnight(days), now
	if p == NumbersYesterday {
		until = midnight(0)
	}
	if p == NumbersToday || p == NumbersYesterday {
		for at := from; at.Before(until); at = at.Add(time.Hour) {
			parts = append(parts, at)
		}
		return from, until, parts
	}
	for day := days; day <= 0; day++ {
		parts = append(parts, midnight(day))
	}
	return from, until, parts
}

// NumbersQuery asks how a merchant's parcels went.
type NumbersQuery struct {
	MerchantID int64
	Period     NumbersPeriod
	LocationID int64 // 0: all
}

// ParcelStory is what its events say of a parcel. A zero time has not come, or is not on record.
type ParcelStory struct {
	OrderID    OrderID
	No         int
	Status     FulfillmentStatus
	LocationID int64
	Units      int64
	ShipByAt   time.Time
	OpenAt     time.Time // when there was something to do
	ClaimedAt  time.Time // for the last time
	PickedAt   time.Time
	PackedAt   time.Time
	ShippedAt  time.Time
	PickerID   int64
	Picker     string
}

// Late tells whether the parcel left after it was promised to.
func (s ParcelStory) Late() bool { return !s.ShippedAt.IsZero() && s.ShippedAt.After(s.ShipByAt) }

// WorkStage is a stretch of a parcel's way through the house.
type WorkStage string

// The stages.
const (
	StageWaiting WorkStage = "waiting" // until somebody takes it
	StagePicking WorkStage = "picking"
	StageToPack  WorkStage = "to_pack"
	StageToShip  WorkStage = "to_ship"
)

// WorkStages returns the stages in their order.
func WorkStages() []WorkStage {
	return []WorkStage{StageWaiting, StagePicking, StageToPack, StageToShip}
}

// Status is the state of the parcels that are in the stage.
func (w WorkStage) Status() FulfillmentStatus {
	return map[WorkStage]FulfillmentStatus{
		StageWaiting: FulfillmentOpen, StagePicking: FulfillmentPicking, StageToPack: FulfillmentPicked, StageToShip: FulfillmentPacked,
	}[w]
}

// stay is when a parcel was in a stage; a zero end is still there, a zero start never came.
func (s ParcelStory) stay(stage WorkStage) (start, end time.Time) {
	steps := []time.Time{s.OpenAt, s.ClaimedAt, s.PickedAt, s.PackedAt, s.ShippedAt}
	at := slices.Index(WorkStages(), stage)
	for _, later := range steps[at+1:] { // a step that is not on record was passed with the next one that is
		if end.IsZero() {
			end = later
		}
	}
	return steps[at], end
}

// in tells whether the parcel was in a stage at a moment.
func (s ParcelStory) in(stage WorkStage, at time.Time) bool {
	start, end := s.stay(stage)
	return !start.IsZero() && !start.After(at) && (end.IsZero() || end.After(at))
}

// Figure names one of the numbers: the parcels that it counts are those that Numbers.Parcels returns for it.
type Figure struct {
	What   FigureKind
	Picker int64     // of FigurePicked: only this one's; 0: anybody's
	Part   int       // of FigurePicked and FigureShipped: only in this part of the period, counted from 1; 0: in all of it
	Stage  WorkStage // of FigureStage, FigureSlow and FigureNow
	Age    int       // of FigureAge: which of the ages, counted from 1
}

// FigureKind is what a figure counts.
type FigureKind string

// The figures.
const (
	FigurePicked  FigureKind = "picked"
	FigurePacked  FigureKind = "packed"
	FigureShipped FigureKind = "shipped"
	FigureLate    FigureKind = "late"   // shipped late
	FigureStage   FigureKind = "stage"  // shipped in the period, and on record in the stage
	FigureSlow    FigureKind = "slow"   // of those, the tenth that took longest
	FigureNow     FigureKind = "now"    // in the stage now
	FigureAge     FigureKind = "age"    // not shipped, by age
	FigureUnsent  FigureKind = "unsent" // not shipped
)

// FigureKinds returns what can be counted.
func FigureKinds() []FigureKind {
	return []FigureKind{FigurePicked, FigurePacked, FigureShipped, FigureLate, FigureStage, FigureSlow, FigureNow, FigureAge, FigureUnsent}
}

// WorkAges are the upper ends of the ages that open parcels are sorted by; beyond the last one there is one more.
func WorkAges() []time.Duration {
	return []time.Duration{4 * time.Hour, 24 * time.Hour, 48 * time.Hour, 5 * 24 * time.Hour}
}

// Numbers is how a merchant's parcels went in a period.
type Numbers struct {
	Query    NumbersQuery
	Zone     *time.Location
	Now      time.Time
	From     time.Time
	Until    time.Time
	Parts    []time.Time // when they begin
	Accuracy []ScanCount // per person and step, at all locations
	stories  []ParcelStory
}

// NewNumbers counts. The stories are of every parcel that was shipped since the period began, or is not shipped.
func NewNumbers(q NumbersQuery, now time.Time, zone *time.Location, stories []ParcelStory, scans []ScanCount) Numbers {
	n := Numbers{Query: q, Zone: zone, Now: now, Accuracy: scans}
	n.From, n.Until, n.Parts = q.Period.Span(now, zone)
	for _, s := range stories {
		if q.LocationID == 0 || s.LocationID == q.LocationID {
			n.stories = append(n.stories, s)
		}
	}
	return n
}

// part is in which part of the period a moment lies, counted from 1; 0 is none.
func (n Numbers) part(at time.Time) int {
	if at.IsZero() || at.Before(n.From) || !at.Before(n.Until) {
		return 0
	}
	after, _ := slices.BinarySearchFunc(n.Parts, at, func(begin, at time.Time) int {
		if begin.After(at) {
			return 1
		}
		return -1
	})
	return after
}

// Parcels are those that a figure counts, the latest first.
func (n Numbers) Parcels(f Figure) []ParcelStory {
	list := n.pick(f)
	slices.SortFunc(list, func(a, b ParcelStory) int {
		return cmp.Or(cmp.Compare(b.OrderID, a.OrderID), cmp.Compare(a.No, b.No))
	})
	return list
}

// Count is how many parcels a figure counts.
func (n Numbers) Count(f Figure) int64 { return int64(len(n.pick(f))) }

// Units is how many units are in the parcels that a figure counts.
func (n Numbers) Units(f Figure) int64 {
	var units int64
	for _, s := range n.pick(f) {
		units += s.Units
	}
	return units
}

func (n Numbers) pick(f Figure) []ParcelStory {
	if f.What == FigureSlow {
		return n.slowest(f.Stage)
	}
	var list []ParcelStory
	for _, s := range n.stories {
		if n.counts(f, s) {
			list = append(list, s)
		}
	}
	return list
}

func (n Numbers) counts(f Figure, s ParcelStory) bool {
	within := func(at time.Time) bool {
		part := n.part(at)
		return part > 0 && (f.Part == 0 || f.Part == part)
	}
	switch f.What {
	case FigurePicked:
		return within(s.PickedAt) && (f.Picker == 0 || f.Picker == s.PickerID)
	case FigurePacked:
		return within(s.PackedAt)
	case FigureShipped:
		return within(s.ShippedAt)
	case FigureLate:
		return within(s.ShippedAt) && s.Late()
	case FigureStage:
		_, known := n.took(f.Stage, s)
		return known
	case FigureNow:
		return s.Status == f.Stage.Status() // as the queue counts
	case FigureUnsent:
		return s.ShippedAt.IsZero()
	case FigureAge:
		return s.ShippedAt.IsZero() && ageOf(n.Now.Sub(s.OpenAt)) == f.Age
	}
	return false
}

// ageOf is which of the ages something has, counted from 1.
func ageOf(age time.Duration) int {
	for i, limit := range WorkAges() {
		if age < limit {
			return i + 1
		}
	}
	return len(WorkAges()) + 1
}

// took is how long a parcel that was shipped in the period was in a stage.
func (n Numbers) took(stage WorkStage, s ParcelStory) (time.Duration, bool) {
	start, end := s.stay(stage)
	if n.part(s.ShippedAt) == 0 || start.IsZero() || end.IsZero() {
		return 0, false
	}
	return max(end.Sub(start), 0), true
}

// StageTimes is how long parcels were in a stage.
type StageTimes struct {
	Stage   WorkStage
	Parcels int64
	Median  time.Duration
	Ninety  time.Duration // nine of ten took no longer
	Longest time.Duration
}

// Times are the stages with how long the parcels that were shipped in the period were in them.
func (n Numbers) Times() []StageTimes {
	var list []StageTimes
	for _, stage := range WorkStages() {
		var took []time.Duration
		for _, s := range n.stories {
			if d, known := n.took(stage, s); known {
				took = append(took, d)
			}
		}
		slices.Sort(took)
		times := StageTimes{Stage: stage, Parcels: int64(len(took))}
		if len(took) > 0 {
			times.Median, times.Ninety, times.Longest = quantile(took, 0.5), quantile(took, 0.9), took[len(took)-1]
		}
		list = append(list, times)
	}
	return list
}

// quantile is the smallest of the sorted values that so much of them does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[max(int(math.Ceil(share*float64(len(sorted))))-1, 0)]
}

// slowest are the parcels that took longer in a stage than nine of ten.
func (n Numbers) slowest(stage WorkStage) []ParcelStory {
	var limit time.Duration
	for _, t := range n.Times() {
		if t.Stage == stage {
			limit = t.Ninety
		}
	}
	var list []ParcelStory
	for _, s := range n.stories {
		if d, known := n.took(stage, s); known && d > limit {
			list = append(list, s)
		}
	}
	return list
}

// PickerWork is what somebody picked in the period.
type PickerWork struct {
	ID      int64
	Name    string
	Parcels int64
	Units   int64
	Busy    time.Duration // from taking to the last unit, all parcels together
}

// UnitsPerHour is how many units were picked in an hour of picking; 0 is not known.
func (w PickerWork) UnitsPerHour() float64 {
	if w.Busy <= 0 {
		return 0
	}
	return float64(w.Units) / w.Busy.Hours()
}

// Pickers are the people who picked in the period, the busiest first.
func (n Numbers) Pickers() []PickerWork {
	byID := map[int64]*PickerWork{}
	var list []PickerWork
	for _, s := range n.pick(Figure{What: FigurePicked}) {
		w := byID[s.PickerID]
		if w == nil {
			w = &PickerWork{ID: s.PickerID, Name: s.Picker}
			byID[s.PickerID] = w
		}
		w.Parcels, w.Units = w.Parcels+1, w.Units+s.Units
		if !s.ClaimedAt.IsZero() {
			w.Busy += max(s.PickedAt.Sub(s.ClaimedAt), 0)
		}
	}
	for _, w := range byID {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b PickerWork) int { return cmp.Or(cmp.Compare(b.Units, a.Units), cmp.Compare(a.ID, b.ID)) })
	return list[:min(len(list), MaxNumbersPickers)]
}

// Backlog is how many parcels were in each stage at a moment.
type Backlog struct {
	At     time.Time
	Stages map[WorkStage]int64
}

// Backlogs are how much there was to do between the stages at the end of each part of the period.
func (n Numbers) Backlogs() []Backlog {
	list := make([]Backlog, len(n.Parts))
	for i := range n.Parts {
		at := n.Until
		if i+1 < len(n.Parts) {
			at = n.Parts[i+1]
		}
		list[i] = Backlog{At: at, Stages: map[WorkStage]int64{}}
		for _, s := range n.stories {
			for _, stage := range WorkStages() {
				if s.in(stage, at) {
					list[i].Stages[stage]++
				}
			}
		}
	}
	return list
}
