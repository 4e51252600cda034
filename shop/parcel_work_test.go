package shop_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

func TestRollUp(t *testing.T) {
	t.Parallel()
	const o, p, s, d, c = shop.FulfillmentOpen, shop.FulfillmentPicking, shop.FulfillmentShipped, shop.FulfillmentDelivered, shop.FulfillmentCancelled
	cases := []struct {
		from    shop.Status
		parcels []shop.FulfillmentStatus
		want    shop.Status
	}{
		{shop.StatusConfirmed, nil, shop.StatusConfirmed},
		{shop.StatusConfirmed, []shop.FulfillmentStatus{o, o}, shop.StatusConfirmed},
		{shop.StatusConfirmed, []shop.FulfillmentStatus{o, p}, shop.StatusProcessing},
		{shop.StatusConfirmed, []shop.FulfillmentStatus{o, c}, shop.StatusConfirmed},
		{shop.StatusConfirmed, []shop.FulfillmentStatus{c, c}, shop.StatusConfirmed},
		{shop.StatusProcessing, []shop.FulfillmentStatus{o}, shop.StatusProcessing},
		{shop.StatusProcessing, []shop.FulfillmentStatus{s, p}, shop.StatusProcessing},
		{shop.StatusProcessing, []shop.FulfillmentStatus{s, c, s}, shop.StatusShipped},
		{shop.StatusProcessing, []shop.FulfillmentStatus{c, c}, shop.StatusProcessing},
		{shop.StatusProcessing, []shop.FulfillmentStatus{d, s}, shop.StatusShipped},
		{shop.StatusProcessing, []shop.FulfillmentStatus{d, d}, shop.StatusDelivered},
		{shop.StatusShipped, []shop.FulfillmentStatus{d, s}, shop.StatusShipped},
		{shop.StatusShipped, []shop.FulfillmentStatus{d, c}, shop.StatusDelivered},
		{shop.StatusConfirmed, []shop.FulfillmentStatus{d}, shop.StatusDelivered},
		{shop.StatusPending, []shop.FulfillmentStatus{p}, shop.StatusPending},
		{shop.StatusCancelled, []shop.FulfillmentStatus{s}, shop.StatusCancelled},
		{shop.StatusRefunded, []shop.FulfillmentStatus{d}, shop.StatusRefunded},
	}
	for _, tt := range cases {
		got := tt.from
		for _, change := range shop.RollUp(tt.from, tt.parcels) {
			if change.From != got || !shop.CanTransition(change.From, change.To) {
				t.Errorf("%s %v: %v is no change from %s", tt.from, tt.parcels, change, got)
			}
			got = change.To
		}
		if got != tt.want {
			t.Errorf("%s %v becomes %s, want %s", tt.from, tt.parcels, got, tt.want)
		}
	}
}

func TestRefusalsSayWhoAndSinceWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	f := shop.Fulfillment{AssignedName: "Mara Lindt", AssignedAt: now.Add(-3 * time.Second), StatusAt: now.Add(-5 * time.Minute), Carrier: "DHL", TrackingNumber: "0034"}
	cases := []struct{ is, want shop.FulfillmentStatus }{
		{shop.FulfillmentOpen, shop.FulfillmentPicked}, {shop.FulfillmentPicking, shop.FulfillmentPicking}, {shop.FulfillmentPicking, shop.FulfillmentPacked},
		{shop.FulfillmentPicked, shop.FulfillmentPicking}, {shop.FulfillmentPacked, shop.FulfillmentPicking}, {shop.FulfillmentShipped, shop.FulfillmentPacked},
		{shop.FulfillmentDelivered, shop.FulfillmentShipped}, {shop.FulfillmentCancelled, shop.FulfillmentPicking},
	}
	words := []string{
		"Claim it first", "Mara Lindt took this parcel 3 s ago", "Mara Lindt has been picking it for 3 s", "Mara Lindt finished picking this parcel 5 min ago",
		"Mara Lindt packed this parcel 5 min ago", "left 5 min ago with DHL, tracking number 0034", "delivered 5 min ago", "cancelled 5 min ago",
	}
	for i, tt := range cases {
		f.Status = tt.is
		err := f.Refuse(tt.want, now)
		if err.Code != shop.CodeConflict || !strings.Contains(err.Message, words[i]) {
			t.Errorf("%s to %s: %q does not say %q", tt.is, tt.want, err.Message, words[i])
		}
	}
}

func TestCleanShipmentsStayClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		command := shop.ShipCommand{
			Carrier:        rapid.SampledFrom(append(shop.Carriers(), " dhl ", "x")).Draw(t, "carrier"),
			TrackingNumber: rapid.StringMatching(`[ A-Za-z0-9./é-]{0,70}`).Draw(t, "tracking"),
		}
		clean, err := command.Clean()
		if err != nil {
			return
		}
		if !slices.Contains(shop.Carriers(), clean.Carrier) || strings.ContainsAny(clean.TrackingNumber, " é") || len(clean.TrackingNumber) > shop.MaxTrackingNumber {
			t.Fatalf("%+v passes as %+v", command, clean)
		}
		if again, err := clean.Clean(); err != nil || again != clean {
			t.Fatalf("%+v is cleaned to %+v, %v", clean, again, err)
		}
	})
}

func TestAgeWords(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{
		-time.Hour: "a moment", 999 * time.Millisecond: "a moment", 3 * time.Second: "3 s", 61 * time.Second: "1 min", 59 * time.Minute: "59 min", 47 * time.Hour: "47 h", 48 * time.Hour: "2 d",
	} {
		if got := shop.AgeWords(age); got != want {
			t.Errorf("%v is %q, want %q", age, got, want)
		}
	}
}
