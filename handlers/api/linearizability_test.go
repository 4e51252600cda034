package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"waybill/db/dbtest/histories"
)

// rushed is a door that a rush goes through.
type rushed struct {
	*door
	key       string
	shelf     shelf
	locations []int64
	late      []*histories.Late
}

func (d *rushed) Buy(cart map[int64]int64) (order int64, left map[int64]int64) {
	var items []string
	for sku, n := range cart {
		items = append(items, fmt.Sprintf(`{"skuId":%d,"quantity":%d}`, sku, n))
	}
	got := d.post(d.key, "/orders", fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[%s]}`,
		d.shelf.customer, d.shelf.address, strings.Join(items, ",")))
	var body struct {
		OrderID int64
		Short   []struct{ SKUID, Available int64 }
	}
	if err := json.Unmarshal(got.Body, &body); err != nil {
		d.t.Errorf("%s: %v", got.Body, err)
	}
	if got.Status == 201 {
		return body.OrderID, nil
	}
	d.refused(got, "out-of-stock")
	left = map[int64]int64{}
	for _, short := range body.Short {
		left[short.SKUID] = short.Available
	}
	return 0, left
}

// refused fails the test unless an answer is a refusal of a kind.
func (d *rushed) refused(got answered, kind string) {
	if got.Status != 409 {
		d.t.Errorf("%s answers %d: %s", got.what, got.Status, got.Body)
		return
	}
	if said, _ := got.problem(); said != kind {
		d.t.Errorf("%s is refused as %s", got.what, said)
	}
}

// done tells whether something was done; the only other answer is that it cannot be by now.
func (d *rushed) done(got answered) bool {
	if got.Status < 300 {
		return true
	}
	d.refused(got, "conflict")
	return false
}

func (d *rushed) Cancel(order int64) bool {
	return d.done(d.post(d.key, fmt.Sprintf("/orders/%d/cancel", order), `{"reason":"changed my mind"}`))
}

func (d *rushed) Pay(order int64, _ func()) bool {
	return d.done(d.post(d.key, fmt.Sprintf("/orders/%d/payments", order), `{"method":"card_ok"}`))
}

func (d *rushed) Expire(client int) []int64 { return d.late[client].Expire() }

func (d *rushed) Work(a histories.Act) histories.Act {
	path, here := fmt.Sprintf("/inventory/%d", a.SKU), d.locations[a.At]
	var got answered
	switch a.Kind {
	case histories.Adjust:
		got = d.post(d.key, path+"/adjustments", fmt.Sprintf(`{"delta":%d,"reason":"adjustment","locationId":%d}`, a.Units, here))
	case histories.Count:
		got = d.post(d.key, path+"/counts", fmt.Sprintf(`{"onHand":%d,"locationId":%d}`, a.Units, here))
	case histories.Transfer:
		got = d.post(d.key, path+"/transfers", fmt.Sprintf(`{"fromLocationId":%d,"toLocationId":%d,"quantity":%d}`, here, d.locations[1-a.At], a.Units))
	default:
		got = d.get(d.key, path)
	}
	if a.Done = d.done(got); !a.Done {
		return a
	}
	var stock struct {
		Locations []struct{ LocationID, OnHand, Reserved int64 }
	}
	if err := json.Unmarshal(got.Body, &stock); err != nil {
		d.t.Errorf("%s: %v", got.Body, err)
	}
	a.Says = true
	for _, l := range stock.Locations {
		for at, id := range d.locations {
			if l.LocationID == id {
				a.OnHand[at], a.Reserved[at] = l.OnHand, l.Reserved
			}
		}
	}
	return a
}

// What programs are answered while they all work on the same SKUs must look as if they had come one after another.
func TestWhatProgramsDoToASKUIsLinearizable(t *testing.T) {
	t.Parallel()
	d := &rushed{door: newDoor(t)}
	rush := histories.Rush{Clients: 6, Acts: 25, Stock: histories.Units{6, 4}}
	d.shelf = d.door.shelf("one", rush.Stock[0])
	d.key = d.admin()
	d.locations = []int64{d.shelf.location, d.Location(d.shelf.merchant, "OTHER", 2)}
	rush.SKUs = []int64{d.shelf.sku, d.SKU(d.shelf.merchant, "MUG", 100, rush.Stock[0])}
	for _, sku := range rush.SKUs {
		d.Stock(sku, d.locations[1], rush.Stock[1])
	}
	for client := range rush.Clients {
		d.late = append(d.late, histories.NewLate(d.World, client))
	}
	counts := rush.Run(d.World, d)
	for _, kind := range []string{"buy", "not buy", "cancel", "expire", "adjust", "transfer", "read"} {
		if counts[kind] == 0 {
			t.Errorf("nothing is said about %q: %v", kind, counts)
		}
	}
}
