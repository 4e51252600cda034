package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"waybill/adapters/demo"
	"waybill/adapters/simulated"
	"waybill/handlers/passwords"
	"waybill/shop"
)

// demoPassword opens every demo account. The demo is for a machine of one's own; it
// is never loaded without --demo.
const demoPassword = "demo"

const (
	// demoSeed is the world that every demo is. Another number is another world.
	demoSeed = 1
	// demoReconciledDays is the period that finance of the demo compared with the processor's record.
	demoReconciledDays = 30
)

// demoAccounts are the demo's people, and where their work is.
var demoAccounts = []struct{ email, does string }{
	{"customer@demo.test", "buys, and looks orders up"},
	{"merchant@demo.test", "picks, packs and ships"},
	{"picker@demo.test", "picks beside merchant@"},
	{"finance@demo.test", "checks payments"},
	{"support@demo.test", "reads timelines"},
	{"admin@demo.test", "runs it all"},
}

func printDemoSignIns(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "Sign in as")
	for _, account := range demoAccounts {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", account.email, account.does)
	}
	_, _ = fmt.Fprintf(table, "with the password %s\n", demoPassword)
	return table.Flush()
}

// loadDemo makes the demo's world and loads it, unless that was done. A load that was
// cut off goes on.
func (a *app) loadDemo(ctx context.Context, d *database, rooms *services) (*demo.World, error) {
	toldAt, loaded, err := rooms.store.BeginDemo(ctx, demoSeed)
	if err != nil {
		return nil, err
	}
	options := demo.Options{Now: toldAt, Seed: demoSeed}
	if !loaded {
		if options.PasswordHash, err = passwords.NewHasher().Hash(ctx, demoPassword); err != nil {
			return nil, err
		}
	}
	world, err := demo.Open(options)
	if err != nil || loaded {
		return world, err
	}
	a.tell("Loading a year of demo orders …")
	progress := newProgress(a.stderr, time.Now)
	_, err = shop.RunImport(ctx, shop.ImportRun{Source: world, Sink: rooms.bulk, Rejects: noRejects{}, Progress: progress.show})
	progress.end()
	if err != nil {
		return nil, err
	}
	if _, err := rooms.processor.Enter(ctx, world.ProviderRecord()); err != nil {
		return nil, err
	}
	if err := hangDemoPictures(ctx, rooms, world); err != nil {
		return nil, err
	}
	if err := setDemoPrices(ctx, rooms, toldAt); err != nil {
		return nil, err
	}
	if err := world.OpenServices(ctx, rooms.store); err != nil {
		return nil, err
	}
	if err := newSimulator(slog.New(slog.DiscardHandler), rooms, world).OpenOrders(ctx); err != nil {
		a.tell("The demo's first orders with other services could not be placed: " + err.Error())
	}
	if err := returnDemoGoods(ctx, rooms); err != nil {
		a.tell("The demo's returns could not be told: " + err.Error())
	}
	if err := workOnDemoStock(ctx, rooms); err != nil {
		return nil, err
	}
	if err := waitInDemo(ctx, rooms); err != nil {
		a.tell("Nobody waits for stock in the demo: " + err.Error())
	}
	if err := stockDemoShelves(ctx, rooms); err != nil {
		a.tell("The demo's draft and catalog file could not be told: " + err.Error())
	}
	if err := shipDemo(ctx, d, rooms); err != nil {
		a.tell("The demo's parcels could not be put into shipments: " + err.Error())
	}
	if err := reconcileDemo(ctx, rooms, toldAt); err != nil {
		a.tell("The demo's first reconciliation failed; finance can run it again: " + err.Error())
	}
	if err := demo.OpenFloor(ctx, rooms.store); err != nil {
		a.tell("The demo's first batch could not be begun; pickers can build one: " + err.Error())
	}
	return world, rooms.store.FinishDemo(ctx, demoSeed)
}

// setDemoPrices gives the demo what its past does not have: discounts to try, and a price that will change.
func setDemoPrices(ctx context.Context, rooms *services, toldAt time.Time) error {
	merchant, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	by := shop.Origin{Actor: merchant.Actor(), RequestID: "demo"}
	for _, d := range demo.Discounts(toldAt, merchant.MerchantID) {
		key, err := shop.NewIdempotencyKey("demo", "discount "+d.Name, d.Name)
		if err != nil {
			return err
		}
		if err := rooms.store.AddDiscount(ctx, d, by, key); err != nil {
			return err
		}
	}
	page, err := rooms.store.StockPage(ctx, shop.StockQuery{MerchantID: merchant.MerchantID, Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return err
	}
	sku := page.Rows[0].SKUID
	prices, err := rooms.store.SKUPrices(ctx, sku, merchant.MerchantID)
	if err != nil {
		return err
	}
	now, priced := prices.Current("USD")
	if !priced {
		return nil
	}
	_, _, err = rooms.store.ChangeSKUPrice(ctx, shop.ChangePrice{
		SKUID: sku, Action: shop.PriceSet, Price: shop.Amount{Minor: now.Minor * 9 / 10, Currency: now.Currency}, From: toldAt.AddDate(0, 0, demo.SaleDays).Truncate(24 * time.Hour),
		Actor: by.Actor, RequestID: by.RequestID,
	})
	return err
}

// reconcileDemo compares the demo's books once, so that finance finds what differs.
func reconcileDemo(ctx context.Context, rooms *services, toldAt time.Time) error {
	user, _, err := rooms.store.UserByEmail(ctx, "finance@demo.test")
	if err != nil {
		return err
	}
	until := toldAt.Truncate(24 * time.Hour)
	period := shop.Period{From: until.AddDate(0, 0, -demoReconciledDays), Until: until}
	_, err = rooms.reconciler.Compare(ctx, shop.ReconcileCommand{Provider: simulated.Name, Period: period, Actor: user.Actor(), RequestID: "demo"})
	return err
}

// noRejects is for a source that has nothing to refuse.
type noRejects struct{}

// WriteReject says that the source is faulty.
func (noRejects) WriteReject(r shop.ImportReject) error { return errors.New(r.Reason) }

// simulate gives the demo's world a present until ctx ends.
func simulate(ctx context.Context, d *database, rooms *services, world *demo.World) {
	newSimulator(d.log, rooms, world).Run(ctx)
}

func newSimulator(log *slog.Logger, rooms *services, world *demo.World) *demo.Simulator {
	return &demo.Simulator{
		World: world, Store: rooms.store, Placer: rooms.placer, Payments: rooms.payments, Log: log,
		GoodCard: simulated.TokenOK, BadCards: []string{simulated.TokenDeclined, simulated.TokenInsufficientFunds, simulated.TokenTimeoutCaptured},
	}
}
