package demo

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

type refuseNone struct{ t *testing.T }

func (n refuseNone) WriteReject(r shop.ImportReject) error {
	n.t.Errorf("refused: %+v", r)
	return nil
}

func mustVerify(t *testing.T, w *factory.World) {
	t.Helper()
	results, err := w.Store.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.OK() {
			t.Errorf("%s is broken: %v", r.Name, r.Examples)
		}
	}
}

// TestTheDemoLives loads the whole world, twice, and simulates a stretch of its present without waiting.
func TestTheDemoLives(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	processor := simulated.New(w.Pool)
	world, err := Open(Options{Now: w.Store.Now(), Seed: 1, PasswordHash: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{world.Expected(), 0} {
		report, err := shop.RunImport(t.Context(), shop.ImportRun{Source: world, Sink: w.Store, Rejects: refuseNone{t}})
		if err != nil || report.Added.Checkouts != want {
			t.Fatalf("added %d, want %d: %v", report.Added.Checkouts, want, err)
		}
		if _, err := processor.Enter(t.Context(), world.ProviderRecord()); err != nil {
			t.Fatal(err)
		}
	}
	mustVerify(t, w)
	if got := w.Int(`SELECT count(*) FROM outbox`); got != 0 {
		t.Errorf("the past filled the live feed with %d entries", got)
	}

	s := &Simulator{
		World: world, Store: w.Store, Placer: w.Placer(), Payments: shop.NewPayments(w.Store, slog.New(slog.DiscardHandler), processor),
		GoodCard: simulated.TokenOK, BadCards: []string{simulated.TokenDeclined}, Log: slog.New(slog.DiscardHandler),
		Wait: func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil },
	}
	for range 2 { // the second time it changes nothing
		if err := world.OpenServices(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.OpenOrders(t.Context()); err != nil {
		t.Fatal(err)
	}
	if chosen := w.Int(`SELECT count(*) FROM orders WHERE ship_service_id IS NOT NULL AND status = 'confirmed'`); chosen < openedOrders {
		t.Errorf("%d orders are sent with a service that was chosen", chosen)
	}
	if err := OpenFloor(t.Context(), w.Store); err != nil {
		t.Fatal(err)
	}
	if batches, scans := w.Int(`SELECT count(*) FROM pick_batches WHERE ended_at IS NULL`), w.Int(`SELECT count(*) FROM scan_events`); batches != 1 || scans < 2 {
		t.Errorf("%d batches are under way, %d units were scanned", batches, scans)
	}
	if err := s.meet(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if err := s.live(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	steps := 0
	s.Wait = func(context.Context, time.Duration) bool { steps++; return steps < 80 }
	if err := s.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Wait = func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil }
	if ended := w.Int(`SELECT count(*) FROM pick_batches WHERE ended_at IS NOT NULL`); ended == 0 {
		t.Error("no simulated batch came to its end")
	}
	if shipped := w.Int(`SELECT count(*) FROM orders WHERE source = 'web' AND status = 'shipped'`); shipped < 40 {
		t.Errorf("%d simulated orders were shipped", shipped)
	}
	if byUs := w.Int(`SELECT count(*) FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.source = 'web' AND e.actor_name IN ($1, $2)`, owner.Name, picker.Name); byUs != 0 {
		t.Errorf("the people whom one signs in as did %d things by themselves", byUs)
	}
	mustVerify(t, w)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Run(ctx) // returns, because its time is over
}
