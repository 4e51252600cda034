package demo

import (
	"context"
	"time"

	"waybill/shop"
)

// stops are what stopped the demo's parcels on their way, and how long ago: late enough to be the last that was heard of them.
var stops = []struct {
	shop.TrackingEvent
	ago time.Duration
}{
	{shop.TrackingEvent{ID: "customs", Kind: shop.TrackCustoms, Place: "Customs office", Text: "Customs asks for the invoice"}, 50 * time.Minute},
	{shop.TrackingEvent{ID: "address", Kind: shop.TrackAddress, Place: "Delivery depot", Text: "There is no such door"}, 40 * time.Minute},
	{shop.TrackingEvent{ID: "damaged", Kind: shop.TrackDamaged, Place: "Sorting centre", Text: "The parcel was damaged and packed anew"}, 30 * time.Minute},
	{shop.TrackingEvent{ID: "refused", Kind: shop.TrackRefused, Place: "Delivery depot", Text: "The receiver did not accept it"}, 20 * time.Minute},
}

// stopSome lets carriers tell of parcels that they cannot deliver as they are: of those on their way, the latest first, that
// left before it.
func stopSome(carriers Carriers, onTheWay []shop.Shipment, now time.Time) []Hindsight {
	var past []Hindsight
	for _, s := range onTheWay {
		if len(past) == len(stops) {
			break
		}
		stop := stops[len(past)]
		at := now.Add(-stop.ago)
		if !s.HandedOverAt.Before(at) {
			continue
		}
		past = append(past, Hindsight{at, func(ctx context.Context) error {
			event := stop.TrackingEvent
			event.TrackingNumber, event.OccurredAt = s.TrackingNumber, at
			_, err := carriers.RecordTracking(ctx, s.CarrierKey, s.TrackingNumber, []shop.TrackingEvent{event})
			if shop.CodeOf(err) == shop.CodeNotFound {
				return nil
			}
			return err
		}})
	}
	return past
}
