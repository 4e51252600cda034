package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Numbers returns how a merchant's parcels went in a period, from their events. A period in which more parcels moved than
// one page can tell of is CodeInvalid in the field "period".
func (s *Store) Numbers(ctx context.Context, q shop.NumbersQuery) (shop.Numbers, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.Numbers, error) {
		name, err := s.q.NumbersZone(ctx, tx, q.MerchantID)
		if err != nil {
			return shop.Numbers{}, notFound(err, "merchant")
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			return shop.Numbers{}, fmt.Errorf("time zone of merchant %d: %w", q.MerchantID, err)
		}
		now := s.Now()
		from, until, _ := q.Period.Span(now, zone)
		stories, err := s.parcelStories(ctx, tx, q.MerchantID, from)
		if err != nil {
			return shop.Numbers{}, err
		}
		rows, err := s.q.ScanAccuracy(ctx, tx, sqlc.ScanAccuracyParams{
			MerchantID: q.MerchantID, IDFrom: int64(shop.FirstIDAt(from)), IDUntil: int64(shop.FirstIDAt(until)),
		})
		scans := convertAll(rows, func(r sqlc.ScanAccuracyRow) shop.ScanCount {
			return shop.ScanCount{UserID: r.UserID, Name: r.UserName, Step: shop.ScanStep(r.Step), Right: r.RightScans, Wrong: r.WrongScans, ByHand: r.ByHand}
		})
		return shop.NewNumbers(q, now, zone, stories, scans), err
	})
}

// parcelStories are those of every parcel that was shipped since a moment or is not shipped.
func (s *Store) parcelStories(ctx context.Context, tx pgx.Tx, merchantID int64, since time.Time) ([]shop.ParcelStory, error) {
	f, err := s.frameQueue(ctx, tx, merchantID)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.NumbersParcels(ctx, tx, sqlc.NumbersParcelsParams{
		MerchantID: merchantID, Since: since, OrderIDFrom: f.from, OrderIDUntil: f.until, RowLimit: shop.MaxNumbersParcels + 1,
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if len(rows) > shop.MaxNumbersParcels {
		return nil, shop.Invalid("period", fmt.Sprintf("More than %d parcels moved in this period. Choose a shorter one.", shop.MaxNumbersParcels))
	}
	type key struct {
		order int64
		no    int
	}
	at := map[key]int{}
	stories := make([]shop.ParcelStory, len(rows))
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i], at[key{r.OrderID, int(r.No)}] = r.OrderID, i
		stories[i] = shop.ParcelStory{
			OrderID: shop.OrderID(r.OrderID), No: int(r.No), Status: shop.FulfillmentStatus(r.Status), LocationID: r.LocationID, Units: r.Units,
			ShipByAt: r.ShipByAt, OpenAt: r.CreatedAt, ShippedAt: orZero(r.ShippedAt),
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids) // it clears what it leaves out, so the last one is read after it
	steps, err := s.q.NumbersSteps(ctx, tx, sqlc.NumbersStepsParams{OrderIds: ids, FirstID: ids[0], LastID: ids[len(ids)-1]})
	for _, e := range steps {
		no, _ := strconv.Atoi(e.Parcel) // of ours, written from a number
		i, known := at[key{e.OrderID, no}]
		if !known {
			continue
		}
		addStep(&stories[i], e)
		made, _ := strconv.Atoi(e.NewParcel)
		if j, divided := at[key{e.OrderID, made}]; divided { // its units were picked with the others, in the same time
			stories[j].PickedAt, stories[j].PickerID, stories[j].Picker = stories[i].PickedAt, stories[i].PickerID, stories[i].Picker
		}
	}
	return stories, err
}

// addStep notes what an event says. What was given back and taken again counts from the last time, and so does what was
// opened and packed again: a parcel is one parcel's work, however often it was sealed. One that was given back after it was
// picked was not picked, and one that stands open was not packed.
func addStep(story *shop.ParcelStory, e sqlc.NumbersStepsRow) {
	switch shop.EventKind(e.Kind) {
	case shop.EventClaimed:
		story.ClaimedAt, story.PickedAt, story.PackedAt = e.OccurredAt, time.Time{}, time.Time{}
	case shop.EventPicked:
		story.PickedAt, story.PickerID, story.Picker = e.OccurredAt, e.ActorID, e.ActorName
	case shop.EventPacked:
		story.PackedAt = e.OccurredAt
	case shop.EventUnpacked:
		story.PackedAt = time.Time{}
	}
	if story.Status == shop.FulfillmentOpen { // given back
		story.ClaimedAt, story.PickedAt, story.PackedAt = time.Time{}, time.Time{}, time.Time{}
	}
}
