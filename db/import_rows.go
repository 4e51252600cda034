package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// importRows collects the rows of a batch, table by table.
type importRows struct {
	source       string
	now          time.Time
	checkouts    []sqlc.ImportCheckoutsParams
	orders       []sqlc.ImportOrdersParams
	lines        []sqlc.ImportLinesParams
	events       []sqlc.ImportEventsParams
	payments     []sqlc.ImportPaymentsParams
	fulfillments []sqlc.ImportFulfillmentsParams
	items        []sqlc.ImportFulfillmentItemsParams
	refs         []sqlc.ImportRefsParams
	exceptions   sqlc.ImportExceptionsParams
}

// copy writes everything, what is referred to first.
func (r *importRows) copy(ctx context.Context, q *sqlc.Queries, tx pgx.Tx) error {
	for _, table := range []func() (int64, error){
		func() (int64, error) { return q.ImportCheckouts(ctx, tx, r.checkouts) },
		func() (int64, error) { return q.ImportOrders(ctx, tx, r.orders) },
		func() (int64, error) { return q.ImportLines(ctx, tx, r.lines) },
		func() (int64, error) { return q.ImportEvents(ctx, tx, r.events) },
		func() (int64, error) { return q.ImportPayments(ctx, tx, r.payments) },
		func() (int64, error) { return q.ImportFulfillments(ctx, tx, r.fulfillments) },
		func() (int64, error) { return q.ImportFulfillmentItems(ctx, tx, r.items) },
		func() (int64, error) { return q.ImportRefs(ctx, tx, r.refs) },
	} {
		if _, err := table(); err != nil {
			return err
		}
	}
	r.exceptions.Source, r.exceptions.Now = r.source, r.now
	return q.ImportExceptions(ctx, tx, r.exceptions)
}

func (r *importRows) ref(kind, externalID string, id int64) {
	r.refs = append(r.refs, sqlc.ImportRefsParams{Source: r.source, Kind: kind, ExternalID: externalID, ID: id})
}

// add collects all rows of one checkout.
func (b *importBatch) add(r *importRows, c shop.ImportCheckout) error {
	checkoutID, err := b.nextID(c.PlacedAt)
	if err != nil {
		return err
	}
	orderIDs := make([]int64, len(c.Orders))
	for i := range c.Orders {
		if orderIDs[i], err = b.nextID(c.PlacedAt); err != nil {
			return err
		}
	}
	r.checkouts = append(r.checkouts, sqlc.ImportCheckoutsParams{
		ID: checkoutID, CustomerID: b.customers[c.CustomerRef], Currency: string(c.Currency), TotalMinor: c.TotalMinor(),
		OrderIds: orderIDs, Source: b.source, CreatedAt: c.PlacedAt,
	})
	r.ref(refCheckout, c.ExternalID, checkoutID)
	for i, o := range c.Orders {
		b.addOrder(r, c, o, checkoutID, orderIDs[i])
		b.addLines(r, o, orderIDs[i])
		if err := b.addEvents(r, c, o, orderIDs[i]); err != nil {
			return err
		}
		b.addParcel(r, o, orderIDs[i])
	}
	for _, p := range c.Payments {
		if err := b.addPayment(r, c, p, checkoutID, orderIDs); err != nil {
			return err
		}
	}
	r.addExceptions(c, orderIDs[0])
	return nil
}

func (b *importBatch) addOrder(r *importRows, c shop.ImportCheckout, o shop.ImportOrder, checkoutID, orderID int64) {
	r.orders = append(r.orders, sqlc.ImportOrdersParams{
		ID: orderID, CheckoutID: checkoutID, CustomerID: b.customers[c.CustomerRef], MerchantID: b.merchants[o.MerchantRef], Currency: string(c.Currency),
		SubtotalMinor: o.SubtotalMinor(), TaxMinor: o.TaxMinor(), ShippingMinor: o.ShippingMinor, DiscountMinor: o.DiscountMinor(), TotalMinor: o.TotalMinor(),
		ShippingAddressID: b.addresses[addressKey(c.CustomerRef, c.Address)], Source: b.source, ImportedWithoutLines: o.WithoutLines,
		PlacedAt: c.PlacedAt, StatusAt: c.PlacedAt,
	})
	r.ref(refOrder, o.ExternalID, orderID)
}

func (b *importBatch) addLines(r *importRows, o shop.ImportOrder, orderID int64) {
	for i, l := range o.Lines {
		r.lines = append(r.lines, sqlc.ImportLinesParams{
			OrderID: orderID, LineNo: int32(i + 1), SkuID: b.skus[l.SKURef], Name: l.Name, SkuCode: l.SKUCode, Quantity: l.Quantity,
			UnitPriceMinor: l.UnitPriceMinor, TaxIncluded: l.TaxIncluded, TaxRatePpm: int32(l.TaxRatePPM),
			SubtotalMinor: l.SubtotalMinor(), DiscountMinor: l.DiscountMinor, TaxMinor: l.TaxMinor, TotalMinor: l.TotalMinor(),
		})
	}
}

// addEvents writes the order's walk, each event from where the one before led, and at the end where the order came from.
func (b *importBatch) addEvents(r *importRows, c shop.ImportCheckout, o shop.ImportOrder, orderID int64) error {
	var from *string
	for i, e := range o.Events {
		to := string(e.To)
		row := sqlc.ImportEventsParams{
			OrderID: orderID, Seq: int32(i + 1), Kind: string(shop.EventStatus), FromStatus: from, ToStatus: &to, OccurredAt: e.At, RecordedAt: b.now,
			ActorKind: string(shop.ActorIntegration), ActorName: b.source, Visibility: string(shop.VisibilityPublic),
		}
		if i == 0 {
			row.Kind = string(shop.EventPlaced)
			row.ActorKind, row.ActorID, row.ActorName = string(shop.ActorCustomer), b.customers[c.CustomerRef], ""
		}
		if err := r.addEvent(row, eventData(e)); err != nil {
			return err
		}
		from = &to
	}
	return r.addEvent(sqlc.ImportEventsParams{
		OrderID: orderID, Seq: int32(len(o.Events) + 1), Kind: string(shop.EventImported), OccurredAt: b.now, RecordedAt: b.now,
		ActorKind: string(shop.ActorIntegration), ActorName: b.source, Visibility: string(shop.VisibilityStaff),
	}, originData(b.source, o))
}

func (r *importRows) addEvent(row sqlc.ImportEventsParams, data map[string]string) (err error) {
	row.Data, err = json.Marshal(data)
	r.events = append(r.events, row)
	return err
}

func eventData(e shop.ImportEvent) map[string]string {
	data := map[string]string{}
	for key, value := range e.Data {
		data[key] = value
	}
	if e.Note != "" {
		data[shop.DataReason] = e.Note
	}
	if e.TimeUnknown {
		data[shop.DataTimeUnknown] = "true"
	}
	return data
}

// originData keeps what the source says of the order and no column holds.
func originData(source string, o shop.ImportOrder) map[string]string {
	data := map[string]string{shop.DataSource: source, "number": o.ExternalID, "status": o.SourceStatus}
	if !o.DeliveryEstimateAt.IsZero() {
		data["delivery_estimate"] = o.DeliveryEstimateAt.Format(time.RFC3339)
	}
	return data
}

// addParcel writes the work on the order. It has no location: no stock of ours was touched.
func (b *importBatch) addParcel(r *importRows, o shop.ImportOrder, orderID int64) {
	p, ok := o.Parcel()
	if !ok {
		return
	}
	var units int64
	for i, l := range o.Lines {
		item := sqlc.ImportFulfillmentItemsParams{OrderID: orderID, No: 1, LineNo: int32(i + 1), Quantity: l.Quantity}
		if !p.ShippedAt.IsZero() {
			item.Picked = l.Quantity
		}
		r.items = append(r.items, item)
		units += l.Quantity
	}
	r.fulfillments = append(r.fulfillments, sqlc.ImportFulfillmentsParams{
		OrderID: orderID, No: 1, MerchantID: b.merchants[o.MerchantRef], Status: string(p.Status), Units: units, ShipByAt: p.ShipBy,
		ShippedAt: orNull(p.ShippedAt), DeliveredAt: orNull(p.DeliveredAt), StatusAt: p.StatusAt, CreatedAt: p.CreatedAt,
	})
}

// addPayment writes a payment's share in each order. An order without a share in it gets no row, but a payment of
// nothing is kept, with the first order.
func (b *importBatch) addPayment(r *importRows, c shop.ImportCheckout, p shop.ImportPayment, checkoutID int64, orderIDs []int64) error {
	for i, share := range p.Shares {
		if share == 0 && (p.AmountMinor > 0 || i > 0) {
			continue
		}
		// The id is not from before the order's, even when the source's clocks disagree; the other times are the source's.
		createdAt := p.At
		if createdAt.Before(c.PlacedAt) {
			createdAt = c.PlacedAt
		}
		id, err := b.nextID(createdAt)
		if err != nil {
			return err
		}
		row := sqlc.ImportPaymentsParams{
			OrderID: orderIDs[i], ID: id, CheckoutID: checkoutID, Status: string(p.Status), Provider: p.Provider, Method: p.Method,
			Currency: string(c.Currency), AmountMinor: share, ChargeKey: &p.ProviderRef, ProviderRef: &p.ProviderRef,
			Installments: int32(p.Installments), CreatedAt: createdAt, StatusAt: p.At,
		}
		if p.Status == shop.PaymentCaptured {
			row.CapturedMinor, row.CapturedAt = share, &p.At
		}
		r.payments = append(r.payments, row)
	}
	return nil
}

// addExceptions lists findings with the first order of the checkout.
func (r *importRows) addExceptions(c shop.ImportCheckout, orderID int64) {
	for _, e := range c.Exceptions {
		p := &r.exceptions
		p.Kinds = append(p.Kinds, string(e.Kind))
		p.OrderIds = append(p.OrderIds, orderID)
		p.Providers = append(p.Providers, r.source)
		p.ProviderRefs = append(p.ProviderRefs, c.ExternalID)
		p.Currencies = append(p.Currencies, string(c.Currency))
		p.Expected = append(p.Expected, e.ExpectedMinor)
		p.Actual = append(p.Actual, e.ActualMinor)
		p.Reasons = append(p.Reasons, e.Reason)
	}
}
