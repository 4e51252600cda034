package db

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// askSoon is how long after an unanswered request the provider is asked about it for the first time.
const askSoon = 10 * time.Second

// booking is one transaction in which money, and what hangs on it, is booked: at one time, in one name.
type booking struct {
	*Store
	tx        pgx.Tx
	now       time.Time
	actor     shop.Actor
	requestID string
}

func (s *Store) booking(tx pgx.Tx, actor shop.Actor, requestID string) *booking {
	return &booking{Store: s, tx: tx, now: s.Now(), actor: actor, requestID: requestID}
}

// lockedOrder is an order and its payments, which nobody else changes until the transaction ends.
type lockedOrder struct {
	sqlc.OrdersLockRow
	payments []shop.OpenPayment
}

func (o lockedOrder) id() shop.OrderID { return shop.OrderID(o.ID) }

func (o lockedOrder) status() shop.Status { return shop.Status(o.Status) }

// ended tells whether no money may stay with the order.
func (o lockedOrder) ended() bool {
	return o.status() == shop.StatusCancelled || o.status() == shop.StatusRefunded
}

func (o lockedOrder) payable() shop.PayableOrder {
	p := shop.PayableOrder{
		ID: o.id(), Status: o.status(), Currency: shop.Currency(o.Currency), TotalMinor: o.TotalMinor, PlacedAt: o.PlacedAt,
		ExpiresAt: orZero(o.ExpiresAt), CancelReason: o.CancelReason,
	}
	for _, payment := range o.payments {
		p.Payments = append(p.Payments, payment.Payment)
	}
	return p
}

// payment returns one of the order's payments, nil if it has no such.
func (o lockedOrder) payment(id int64) *shop.OpenPayment {
	at := slices.IndexFunc(o.payments, func(p shop.OpenPayment) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	return &o.payments[at]
}

// lockOrders locks orders in order of their ids and reads their payments. Ids without an order are left out.
func (b *booking) lockOrders(ctx context.Context, ids ...int64) ([]lockedOrder, error) {
	rows, err := b.q.OrdersLock(ctx, b.tx, ids)
	if err != nil {
		return nil, err
	}
	payments, err := b.q.PaymentsUnderWay(ctx, b.tx, ids) // a statement of its own: it sees what the locks waited for
	if err != nil {
		return nil, err
	}
	orders := make([]lockedOrder, len(rows))
	for i, row := range rows {
		orders[i].OrdersLockRow = row
		for _, p := range payments {
			if p.Payment.OrderID == row.ID {
				orders[i].payments = append(orders[i].payments, shop.OpenPayment{
					Payment: paymentOf(p.Payment), CapturingMinor: p.CapturingMinor, RefundingMinor: p.RefundingMinor, Voiding: p.Voiding,
				})
			}
		}
	}
	return orders, nil
}

// lockVisible is lockOrders for one order inside a scope; any other is CodeNotFound.
func (b *booking) lockVisible(ctx context.Context, id shop.OrderID, scope shop.OrderScope, what string) (lockedOrder, error) {
	orders, err := b.lockOrders(ctx, int64(id))
	if err != nil {
		return lockedOrder{}, err
	}
	if len(orders) == 0 || !scope.Allows(orders[0].CustomerID, orders[0].MerchantID) {
		return lockedOrder{}, shop.NotFound(what)
	}
	return orders[0], nil
}

// event appends an event of the booking to a locked order. Its time is the booking's unless it has one.
func (b *booking) event(ctx context.Context, e shop.Event) error {
	if e.OccurredAt.IsZero() {
		e.OccurredAt = b.now
	}
	e.RecordedAt, e.Actor, e.RequestID = b.now, b.actor, b.requestID
	return b.appendEvent(ctx, b.tx, e)
}

// money is what an event says about a payment or a refund.
type money struct {
	kind       shop.EventKind
	amount     shop.Amount
	outcome    string
	reason     string
	occurredAt time.Time // zero: now
	visibility shop.Visibility
}

func (b *booking) moneyEvent(ctx context.Context, id shop.OrderID, m money) error {
	data := map[string]string{shop.DataAmount: m.amount.Decimal(), shop.DataCurrency: string(m.amount.Currency), shop.DataOutcome: m.outcome}
	if m.reason != "" {
		data[shop.DataReason] = m.reason
	}
	return b.event(ctx, shop.Event{OrderID: id, Kind: m.kind, OccurredAt: m.occurredAt, Visibility: m.visibility, Data: data})
}

// move changes the status of a locked order by an event. An empty reason is left out.
func (b *booking) move(ctx context.Context, order *lockedOrder, to shop.Status, reason string) error {
	e := shop.Event{OrderID: order.id(), Kind: shop.EventStatus, From: order.status(), To: to}
	if reason != "" {
		e.Data = map[string]string{shop.DataReason: reason}
	}
	if err := b.event(ctx, e); err != nil {
		return err
	}
	order.Status = string(to)
	return nil
}

// finding is something about an order's money that a person has to look at.
type finding struct {
	kind          string
	payment       shop.Payment
	providerRef   string
	expectedMinor int64 // what our books say
	actualMinor   int64 // what the provider says
	reason        string
	raw           string // the provider's answer as it came
}

// note lists a finding for finance and puts it into the order's timeline, once while it is open.
func (b *booking) note(ctx context.Context, f finding) error {
	added, err := b.q.ExceptionAdd(ctx, b.tx, sqlc.ExceptionAddParams{
		Kind: f.kind, Source: shop.ExceptionSourceProvider, OrderID: int64(f.payment.OrderID), PaymentID: f.payment.ID, Provider: f.payment.Provider,
		ProviderRef: f.providerRef, Currency: string(f.payment.Currency), ExpectedMinor: f.expectedMinor, ActualMinor: f.actualMinor, Reason: f.reason, Now: b.now,
	})
	if err != nil || added == 0 {
		return err
	}
	data := map[string]string{shop.DataReason: f.reason}
	if f.raw != "" {
		data["answer"] = f.raw
	}
	return b.event(ctx, shop.Event{OrderID: f.payment.OrderID, Kind: shop.EventException, Visibility: shop.VisibilityFinance, Data: data})
}

// newKey is a key under which a provider performs a request once. It says nothing and is guessed by nobody.
func newKey(kind string) string { return kind + "_" + rand.Text() }

// occurred is when a provider says that something happened, as far as it can be believed: not before the order was
// placed and not in the future.
func (b *booking) occurred(at time.Time, placedAt time.Time) time.Time {
	switch {
	case at.IsZero() || at.After(b.now):
		return b.now
	case at.Before(placedAt):
		return placedAt
	}
	return at.UTC().Truncate(time.Microsecond)
}
