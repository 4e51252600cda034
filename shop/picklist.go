package shop

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ParcelRef names a parcel: the order, and which of its parcels.
type ParcelRef struct {
	OrderID OrderID
	No      int
}

// Code is the parcel's barcode, "NUMBER" or "NUMBER/NO".
func (p ParcelRef) Code() string { return ParcelCode(p.OrderID, p.No) }

// PickItem is a line of a parcel with all that somebody who picks it must know. Tote is where its units go; 0: there is only
// one parcel, so it needs none.
type PickItem struct {
	ParcelRef
	LineNo       int
	SKUID        int64
	SKUCode      string
	Name         string
	Barcode      Barcode
	Picture      string // hash; "" is none
	Quantity     int64
	Picked       int64
	Verified     int64 // scanned once more at the packing table
	Location     string
	LocationRank int // the lower is walked first
	Bin          string
	Tote         int
}

// Left is how many units are still to be picked.
func (i PickItem) Left() int64 { return i.Quantity - i.Picked }

// PickStop is one thing to take from one bin, for one or several parcels.
type PickStop struct {
	Location     string
	LocationRank int
	Bin          string
	SKUID        int64
	SKUCode      string
	Name         string
	Barcode      Barcode
	Picture      string     // hash; "" is none
	Items        []PickItem // by tote
}

// Units and Picked are the sums over the parcels.
func (s PickStop) Units() (units int64) {
	for _, i := range s.Items {
		units += i.Quantity
	}
	return units
}

// Picked is how many units were taken.
func (s PickStop) Picked() (picked int64) {
	for _, i := range s.Items {
		picked += i.Picked
	}
	return picked
}

// Left is how many units are still to be taken.
func (s PickStop) Left() int64 { return s.Units() - s.Picked() }

// Place is the bin as people say it; goods without one are asked for at their location.
func (s PickStop) Place() string {
	if s.Bin == "" {
		return "no bin"
	}
	return s.Bin
}

// PickList is what to pick in the order of a walk: location by location, bin by bin, each SKU once.
type PickList []PickStop

// WalkOrder makes the pick list of some lines.
func WalkOrder(items []PickItem) PickList {
	var list PickList
	for _, i := range items {
		at := slices.IndexFunc(list, func(s PickStop) bool { return s.SKUID == i.SKUID && s.Location == i.Location && s.Bin == i.Bin })
		if at < 0 {
			list = append(list, PickStop{Location: i.Location, LocationRank: i.LocationRank, Bin: i.Bin, SKUID: i.SKUID, SKUCode: i.SKUCode, Name: i.Name, Barcode: i.Barcode, Picture: i.Picture})
			at = len(list) - 1
		}
		list[at].Items = append(list[at].Items, i)
	}
	for _, s := range list {
		slices.SortStableFunc(s.Items, func(a, b PickItem) int {
			return cmp.Or(cmp.Compare(a.Tote, b.Tote), cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.No, b.No), cmp.Compare(a.LineNo, b.LineNo))
		})
	}
	slices.SortStableFunc(list, func(a, b PickStop) int {
		return cmp.Or(cmp.Compare(a.LocationRank, b.LocationRank), cmp.Compare(a.Location, b.Location), CompareBins(a.Bin, b.Bin), cmp.Compare(a.SKUCode, b.SKUCode))
	})
	return list
}

// RouteOrder puts parcels into the order of the walk: each stands where the first thing in it lies. Those with nothing in
// them come last; among equals the order stays.
func RouteOrder(refs []ParcelRef, items []PickItem) []ParcelRef {
	place := map[ParcelRef]int{}
	for i, stop := range WalkOrder(items) {
		for _, item := range stop.Items {
			if _, known := place[item.ParcelRef]; !known {
				place[item.ParcelRef] = i
			}
		}
	}
	nowhere := len(items)
	at := func(r ParcelRef) int {
		if i, known := place[r]; known {
			return i
		}
		return nowhere
	}
	route := slices.Clone(refs)
	slices.SortStableFunc(route, func(a, b ParcelRef) int { return cmp.Compare(at(a), at(b)) })
	return route
}

// Units and picked units of the whole list.
func (l PickList) Units() (units, picked int64) {
	for _, s := range l {
		units += s.Units()
		picked += s.Picked()
	}
	return units, picked
}

// Bins is how many bins the walk leads to.
func (l PickList) Bins() int {
	bins := map[[2]string]bool{}
	for _, s := range l {
		bins[[2]string{s.Location, s.Bin}] = true
	}
	return len(bins)
}

// Next is the stop to go to: the first one that has units left, beginning with those of the bin where somebody stands. With
// everything picked it is -1.
func (l PickList) Next(at string) int {
	if at != "" {
		if here := slices.IndexFunc(l, func(s PickStop) bool { return sameText(s.Bin, at) && s.Left() > 0 }); here >= 0 {
			return here
		}
	}
	return slices.IndexFunc(l, func(s PickStop) bool { return s.Left() > 0 })
}

func sameText(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// CompareBins orders bins as they stand in the aisle, "A-2" before "A-10"; without a bin comes last.
func CompareBins(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	for a != "" && b != "" {
		var partA, partB string
		partA, a = cutRun(a)
		partB, b = cutRun(b)
		if by := compareRuns(partA, partB); by != 0 {
			return by
		}
	}
	return cmp.Compare(a, b)
}

func compareRuns(a, b string) int {
	numberA, errA := strconv.Atoi(a)
	numberB, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(numberA, numberB)
	}
	return cmp.Compare(strings.ToUpper(a), strings.ToUpper(b))
}

// cutRun splits off the digits, or the other characters, that a text starts with.
func cutRun(s string) (run, rest string) {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	end := 1
	for end < len(s) && digit(s[end]) == digit(s[0]) {
		end++
	}
	return s[:end], s[end:]
}
