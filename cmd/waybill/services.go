package main

import (
	"context"

	"waybill/adapters/simulated"
	"waybill/adapters/simulatedcarrier"
	"waybill/db"
	"waybill/shop"
	"waybill/views"
)

// services are the use cases of one running program, wired to the database and to the outside systems.
type services struct {
	store      *db.Store
	reports    *db.Store // on connections of their own, at the lowest priority: for reading
	bulk       *db.Store // on connections of its own, for writing much
	jobs       *db.Store // on connections of their own, at a low priority: for what is done in the background
	placer     *db.Placer
	processor  *simulated.Processor
	payments   *shop.Payments
	orders     *shop.Orders
	shipping   *shop.Shipping
	reconciler *shop.Reconciler
	feed       *db.Feed
}

func openServices(ctx context.Context, d *database, carrierSecrets ...string) (*services, error) {
	store, err := db.NewStore(ctx, d.main)
	if err != nil {
		return nil, err
	}
	reports, err := db.NewStore(ctx, d.report)
	if err != nil {
		return nil, err
	}
	bulk, err := db.NewStore(ctx, d.bulk)
	if err != nil {
		return nil, err
	}
	jobs, err := db.NewStore(ctx, d.jobs)
	if err != nil {
		return nil, err
	}
	feed, err := db.StartFeed(ctx, store, d.log)
	if err != nil {
		return nil, err
	}
	// The processor's books are an outside system that happens to live in the same PostgreSQL.
	processor := simulated.New(d.main)
	payments := shop.NewPayments(store, d.log, processor)
	carrier := simulatedcarrier.New(d.main, simulatedcarrier.WithSecrets(carrierSecrets...))
	return &services{
		store: store, reports: reports, bulk: bulk, jobs: jobs, placer: db.NewPlacer(store), processor: processor,
		payments: payments, orders: shop.NewOrders(store, payments), shipping: shop.NewShipping(store, d.log, carrier), reconciler: shop.NewReconciler(bulk, processor), feed: feed,
	}, nil
}

// close lets checkouts in flight finish.
func (s *services) close() {
	s.placer.Close()
	s.feed.Close()
}

// paymentMethods are the ways to pay that the checkout offers: those of the connected processor.
func paymentMethods() []views.PaymentMethod {
	var methods []views.PaymentMethod
	for _, card := range simulated.Cards() {
		methods = append(methods, views.PaymentMethod(card))
	}
	return methods
}
