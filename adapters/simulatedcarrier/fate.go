package simulatedcarrier

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"waybill/shop"
)

const (
	trackingPrefix = "SP"
	trackingDigits = 11
)

// checkDigit is that of GS1 (weights 3 and 1 from the right): it finds every single wrong digit.
func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		weight := 3
		if (len(digits)-i)%2 == 0 {
			weight = 1
		}
		sum += weight * int(digits[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}

// ValidTracking tells whether a number can be one of the carrier's.
func ValidTracking(number string) bool {
	digits, ours := strings.CutPrefix(number, trackingPrefix)
	if !ours || len(digits) != trackingDigits+1 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return false
	}
	return checkDigit(digits[:trackingDigits]) == digits[trackingDigits]
}

// fate is what becomes of a parcel.
type fate string

const (
	fateArrives  fate = "arrives"
	fateLate     fate = "late"
	fateSilent   fate = "silent"
	fateLost     fate = "lost"
	fateReturned fate = "returned"
	fateCustoms  fate = "customs"
	fateAddress  fate = "address"
	fateDamaged  fate = "damaged"
)

// Of a hundred parcels so many are late, never heard of again, come back, and are stopped.
const (
	latePercent     = 4
	lostPercent     = 1
	returnedPercent = 1
	stoppedPercent  = 1
)

func fateOf(tracking, postalCode string) fate {
	switch postalCode {
	case PostcodeLate:
		return fateLate
	case PostcodeSilent:
		return fateSilent
	case PostcodeLost:
		return fateLost
	case PostcodeReturned:
		return fateReturned
	case PostcodeCustoms:
		return fateCustoms
	case PostcodeAddress:
		return fateAddress
	case PostcodeDamaged:
		return fateDamaged
	}
	switch roll := dice(tracking, "fate") % 100; {
	case roll < latePercent:
		return fateLate
	case roll < latePercent+lostPercent:
		return fateLost
	case roll < latePercent+lostPercent+returnedPercent:
		return fateReturned
	case roll < latePercent+lostPercent+returnedPercent+stoppedPercent:
		return []fate{fateCustoms, fateAddress, fateDamaged}[dice(tracking, "stop")%3]
	}
	return fateArrives
}

// dice is a number that follows from the tracking number.
func dice(tracking, what string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(tracking + "/" + what))
	return int(h.Sum32() & 0x7FFFFFFF)
}

// accepted is how long after the label was bought the parcel is scanned for the first time.
const accepted = 4 * time.Hour

// station is one stop of a parcel's way.
type station struct {
	after time.Duration // since it was accepted
	kind  shop.TrackingKind
	place string
	text  string
	late  time.Duration // how much later it will come, as the carrier knows from here on
}

// history is what happened to the parcel until a moment, the oldest first. A label that was taken back has no more.
func (l label) history(until time.Time) []shop.TrackingEvent {
	events := []shop.TrackingEvent{l.event(0, l.boughtAt, station{kind: shop.TrackAnnounced, text: "The sender announced the parcel"})}
	if l.voidedAt != nil {
		return events
	}
	start := l.boughtAt.Add(accepted + time.Duration(dice(l.tracking, "start")%90)*time.Minute)
	for i, s := range l.stations(l.etaAt.Sub(start)) {
		if at := start.Add(s.after); !at.After(until) {
			events = append(events, l.event(i+1, at, s))
		}
	}
	return events
}

func (l label) event(no int, at time.Time, s station) shop.TrackingEvent {
	return shop.TrackingEvent{
		ID: fmt.Sprintf("%s-%d", l.tracking, no), TrackingNumber: l.tracking, Kind: s.kind, OccurredAt: at.Truncate(time.Second),
		Place: s.place, Text: s.text, EtaAt: l.etaAt.Add(s.late),
	}
}

// stations are the stops of a way that was said to take so long.
func (l label) stations(way time.Duration) []station {
	const day = 24 * time.Hour
	way = max(way, 8*time.Hour)
	out := way - 5*time.Hour
	begin := []station{
		{kind: shop.TrackAccepted, place: "Depot of the sender", text: "The parcel was accepted"},
		{after: way / 4, kind: shop.TrackTransit, place: "Sorting centre", text: "The parcel was sorted"},
	}
	switch l.fate {
	case fateSilent:
		return begin[:1]
	case fateLost:
		return append(begin, station{after: way + 6*day, kind: shop.TrackLost, text: "The parcel cannot be found"})
	case fateLate:
		return append(begin,
			station{after: way / 2, kind: shop.TrackDelayed, place: "Sorting centre", text: "The parcel missed its connection", late: 3 * day},
			station{after: out + 3*day, kind: shop.TrackOut, place: l.place, text: "Out for delivery", late: 3 * day},
			station{after: way + 3*day, kind: shop.TrackDelivered, place: l.place, text: "Delivered", late: 3 * day})
	case fateReturned:
		return append(begin,
			station{after: out, kind: shop.TrackOut, place: l.place, text: "Out for delivery"},
			station{after: way, kind: shop.TrackAttempted, place: l.place, text: "Nobody answered the door"},
			station{after: way + 2*day, kind: shop.TrackReturning, place: l.place, text: "The receiver did not collect it"},
			station{after: way + 5*day, kind: shop.TrackReturned, place: "Depot of the sender", text: "Handed back to the sender"})
	case fateCustoms:
		return append(begin,
			station{after: way / 2, kind: shop.TrackCustoms, place: "Customs office", text: "Customs asks for the invoice", late: 2 * day},
			station{after: way/2 + 2*day, kind: shop.TrackTransit, place: "Customs office", text: "Released by customs", late: 2 * day},
			station{after: way + 2*day, kind: shop.TrackDelivered, place: l.place, text: "Delivered", late: 2 * day})
	case fateAddress:
		return append(begin,
			station{after: way, kind: shop.TrackAddress, place: l.place, text: "There is no such door"},
			station{after: way + 3*day, kind: shop.TrackReturning, place: l.place, text: "Nobody told the right address"},
			station{after: way + 6*day, kind: shop.TrackReturned, place: "Depot of the sender", text: "Handed back to the sender"})
	case fateDamaged:
		return append(begin,
			station{after: way / 2, kind: shop.TrackDamaged, place: "Sorting centre", text: "The parcel was damaged and packed anew"},
			station{after: way, kind: shop.TrackDelivered, place: l.place, text: "Delivered"})
	}
	return append(begin,
		station{after: out, kind: shop.TrackOut, place: l.place, text: "Out for delivery"},
		station{after: way - time.Hour, kind: shop.TrackDelivered, place: l.place, text: "Delivered"})
}
