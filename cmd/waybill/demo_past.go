package main

import (
	"context"
	"time"

	"waybill/adapters/demo"
	"waybill/adapters/simulatedcarrier"
	"waybill/db"
	"waybill/shop"
)

// demoLabels is how many packed parcels of the demo wait for a carrier with their labels on.
const demoLabels = 3

// demoPast is the shop with a clock that is turned by hand: what happened before the demo begins is done at its own time.
type demoPast struct {
	at       time.Time
	store    *db.Store
	shipping *shop.Shipping
}

func openDemoPast(ctx context.Context, d *database) (*demoPast, error) {
	p := &demoPast{}
	var err error
	if p.store, err = db.NewStore(ctx, d.bulk, db.WithClock(func() time.Time { return p.at })); err != nil {
		return nil, err
	}
	p.shipping = shop.NewShipping(p.store, d.log, simulatedcarrier.New(d.main))
	return p, nil
}

func (p *demoPast) turn(at time.Time) { p.at = at }

// shipDemo lets the demo's parcels travel: those of the past are with carriers, late and lost ones among them, a few that
// are packed have their labels, and some of what was done was taken back.
func shipDemo(ctx context.Context, d *database, rooms *services) error {
	if _, err := rooms.bulk.ShipDemo(ctx); err != nil {
		return err
	}
	user, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	if err := rooms.bulk.ScanDemo(ctx, user.MerchantID); err != nil {
		return err
	}
	past, err := openDemoPast(ctx, d)
	if err != nil {
		return err
	}
	now := rooms.store.Now()
	past.turn(now)
	told, err := demo.LostParcels(ctx, past.store, user, now)
	if err != nil {
		return err
	}
	labelled, err := past.labels(ctx, user, now)
	if err != nil {
		return err
	}
	opened, err := past.opened(ctx, user, now)
	if err != nil {
		return err
	}
	return demo.Recount(ctx, past.turn, append(append(told, labelled...), opened...))
}

// labels puts labels on packed parcels; the first of them was handed over by mistake and came back.
func (p *demoPast) labels(ctx context.Context, user shop.User, now time.Time) ([]demo.Hindsight, error) {
	ready, err := p.store.QueuePage(ctx, shop.QueueQuery{MerchantID: user.MerchantID, QueueFilter: shop.QueueFilter{Stage: shop.QueueReady}, Limit: demoLabels})
	if err != nil {
		return nil, err
	}
	var told []demo.Hindsight
	for i, row := range ready.Rows {
		command := shop.LabelCommand{
			MerchantID: user.MerchantID, Parcels: []shop.ParcelRef{{OrderID: row.OrderID, No: row.No}}, CarrierKey: simulatedcarrier.Name, Service: "standard",
			WeightGrams: 1200, Actor: user.Actor(), RequestID: "demo",
		}
		if command.Key, err = shop.NewIdempotencyKey("demo:label", row.OrderID.Number(), row.No); err != nil {
			return nil, err
		}
		work := shop.ShipmentWork{MerchantID: user.MerchantID, Actor: user.Actor(), RequestID: "demo"}
		told = append(told, demo.Hindsight{At: now.Add(-4 * time.Minute), Do: func(ctx context.Context) error {
			label, err := p.shipping.Label(ctx, command)
			work.IDs = []int64{label.ID}
			return err
		}})
		if i > 0 {
			continue
		}
		told = append(told, demo.Hindsight{At: now.Add(-3 * time.Minute), Do: func(ctx context.Context) error {
			_, err := p.store.HandOver(ctx, work)
			return err
		}}, demo.Hindsight{At: now.Add(-2 * time.Minute), Do: func(ctx context.Context) error {
			_, err := p.store.UndoHandOver(ctx, work)
			return err
		}})
	}
	return told, nil
}

// opened packs a parcel, opens it again, because something was not in it, and packs it once more.
func (p *demoPast) opened(ctx context.Context, user shop.User, now time.Time) ([]demo.Hindsight, error) {
	toPack, err := p.store.QueuePage(ctx, shop.QueueQuery{MerchantID: user.MerchantID, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPack}, Limit: 1})
	if err != nil || len(toPack.Rows) == 0 {
		return nil, err
	}
	row := toPack.Rows[0]
	work := shop.ParcelWork{OrderID: row.OrderID, No: row.No, MerchantID: user.MerchantID, Actor: user.Actor(), RequestID: "demo"}
	step := func(ago time.Duration, do func(context.Context, shop.ParcelWork) (shop.ParcelResult, error)) demo.Hindsight {
		return demo.Hindsight{At: now.Add(-ago), Do: func(ctx context.Context) error {
			_, err := do(ctx, work)
			return err
		}}
	}
	return []demo.Hindsight{
		step(4*time.Minute, p.store.PackFulfillment), step(3*time.Minute, p.store.UnpackParcel), step(time.Minute, p.store.PackFulfillment),
	}, nil
}
