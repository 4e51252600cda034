package shop

import (
	"fmt"
	"testing"
	"time"
)

func TestImportParcel(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2017, 10, n, 0, 0, 0, 0, time.UTC) }
	walk := func(to ...Status) (events []ImportEvent) {
		for i, s := range to {
			events = append(events, ImportEvent{To: s, At: day(i + 1)})
		}
		return events
	}
	lines := []ImportLine{{Quantity: 2}}
	tests := []struct {
		name  string
		order ImportOrder
		want  string // status, then the days of: status, creation, promise, shipping, delivery; units and picked; "" for none
	}{
		{"never confirmed", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusCancelled)}, ""},
		{"contents unknown", ImportOrder{Events: walk(StatusPending, StatusConfirmed)}, ""},
		{"confirmed", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed)}, "open 2 2 3 1 1 2 0"},
		{"processing", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusProcessing)}, "open 2 2 3 1 1 2 0"},
		{"shipped", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusProcessing, StatusShipped)}, "shipped 4 2 3 4 1 2 2"},
		{"delivered", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusProcessing, StatusShipped, StatusDelivered)}, "delivered 5 2 3 4 5 2 2"},
		{"cancelled", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusCancelled)}, "cancelled 3 2 3 1 1 2 0"},
		{"cancelled, then refunded", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusCancelled, StatusRefunded)}, "cancelled 3 2 3 1 1 2 0"},
		{"shipped, then refunded", ImportOrder{Lines: lines, Events: walk(StatusPending, StatusConfirmed, StatusProcessing, StatusShipped, StatusRefunded)}, "shipped 4 2 3 4 1 2 2"},
		{"promised", ImportOrder{Lines: lines, ShipBy: day(9), DeliveryEstimateAt: day(20), Events: walk(StatusPending, StatusConfirmed)}, "open 2 2 9 1 1 2 0"},
		{"told by the source", ImportOrder{Lines: lines, Events: walk(StatusPending), Parcels: []ImportParcel{{Status: FulfillmentPacked, Items: []ImportParcelItem{{Line: 1, Quantity: 1}}}}}, "packed 1 1 1 1 1 1 0"},
		{"estimated", ImportOrder{Lines: lines, DeliveryEstimateAt: day(20), Events: walk(StatusPending, StatusConfirmed)}, "open 2 2 20 1 1 2 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, p := range test.order.WorkedParcels() {
				got += fmt.Sprint(p.Status, " ", p.StatusAt.Day(), p.CreatedAt.Day(), p.ShipBy.Day(), p.ShippedAt.Day(), p.DeliveredAt.Day(), " ", p.Units(), " ", p.Items[0].Picked)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
