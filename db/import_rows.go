package db

import (
	"cmp"
	"context"
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
	refunds      []sqlc.ImportRefundsParams
	reservations []sqlc.ImportReservationsParams
	ledger       []sqlc.ImportLedgerParams
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
		func() (int64, error) { return q.ImportRefunds(ctx, tx, r.refunds) },
		func() (int64, error) { return q.ImportReservations(ctx, tx, r.reservations) },
		func() (int64, error) { return q.ImportLedger(ctx, tx, r.ledger) },
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
	checkoutID, err := b.ids.next(c.PlacedAt)
	if err != nil {
		return err
	}
	orderIDs := make([]int64, len(c.Orders))
	for i := range c.Orders {
		if orderIDs[i], err = b.ids.next(c.PlacedAt); err != nil {
			return err
		}
	}
	r.checkouts = append(r.checkouts, sqlc.ImportCheckoutsParams{
		ID: checkoutID, CustomerID: b.customers[c.CustomerRef], Currency: string(c.Currency), TotalMinor: c.TotalMinor(),
		OrderIds: orderIDs, Source: b.source, ExpiresAt: orNull(c.ExpiresAt), CreatedAt: c.PlacedAt,
	})
	r.ref(refCheckout, c.ExternalID, checkoutID)
	for i, o := range c.Orders {
		if err := b.addOrder(r, c, o, importedOrder{orderIDs[i], checkoutID, b.merchants[o.MerchantRef]}); err != nil {
			return err
		}
	}
	for _, p := range c.Payments {
		if err := b.addPayment(r, c, p, checkoutID, orderIDs); err != nil {
			return err
		}
	}
	r.addExceptions(c, orderIDs[0])
	return nil
}

// importedOrder is what an imported order became.
type importedOrder struct{ id, checkoutID, merchantID int64 }

func (b *importBatch) addOrder(r *importRows, c shop.ImportCheckout, o shop.ImportOrder, is importedOrder) error {
	r.orders = append(r.orders, sqlc.ImportOrdersParams{
		ID: is.id, CheckoutID: is.checkoutID, CustomerID: b.customers[c.CustomerRef], MerchantID: is.merchantID, Currency: string(c.Currency),
		SubtotalMinor: o.SubtotalMinor(), TaxMinor: o.TaxMinor(), ShippingMinor: o.ShippingMinor, DiscountMinor: o.DiscountMinor(), TotalMinor: o.TotalMinor(),
		ShippingAddressID: b.addresses[addressKey(c.CustomerRef, c.Address)], Source: b.source, ImportedWithoutLines: o.WithoutLines,
		PlacedAt: c.PlacedAt, StatusAt: c.PlacedAt, ExpiresAt: orNull(c.ExpiresAt),
	})
	r.ref(refOrder, o.ExternalID, is.id)
	b.addLines(r, o, is.id)
	if err := b.addEvents(r, c, o, is.id); err != nil {
		return err
	}
	if err := b.addHolds(r, c, o, is); err != nil {
		return err
	}
	return b.addParcels(r, o, is)
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
		id, err := b.ids.next(createdAt)
		if err != nil {
			return err
		}
		row := sqlc.ImportPaymentsParams{
			OrderID: orderIDs[i], ID: id, CheckoutID: checkoutID, Status: string(p.Status), Provider: p.Provider, Method: p.Method,
			Currency: string(c.Currency), AmountMinor: share, RefundedMinor: p.RefundedMinor(i), ChargeKey: orNullText(cmp.Or(p.ChargeKey, p.ProviderRef)),
			ProviderRef: orNullText(p.ProviderRef), CardLast4: orNullText(p.CardLast4), Installments: int32(p.Installments), Failure: p.Failure,
			CreatedAt: createdAt, StatusAt: p.At,
		}
		if p.Status == shop.PaymentCaptured {
			row.CapturedMinor, row.CapturedAt = share, &p.At
		}
		r.payments = append(r.payments, row)
		if err := b.addRefunds(r, p, i, row); err != nil {
			return err
		}
	}
	return nil
}

// addRefunds writes what went back of a payment's share in an order.
func (b *importBatch) addRefunds(r *importRows, p shop.ImportPayment, order int, payment sqlc.ImportPaymentsParams) error {
	for _, refund := range p.Refunds {
		if refund.Order != order {
			continue
		}
		id, err := b.ids.next(refund.At)
		if err != nil {
			return err
		}
		r.refunds = append(r.refunds, sqlc.ImportRefundsParams{
			OrderID: payment.OrderID, ID: id, PaymentID: payment.ID, Status: shop.RequestSucceeded, Currency: payment.Currency, AmountMinor: refund.AmountMinor,
			Reason: refund.Reason, RefundKey: cmp.Or(refund.Key, refund.ProviderRef), ProviderRef: orNullText(refund.ProviderRef),
			CreatedAt: refund.At, StatusAt: refund.At,
		})
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
