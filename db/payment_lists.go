package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Payments returns a page of payments, newest first, and whether older ones follow.
func (s *Store) Payments(ctx context.Context, q shop.PaymentQuery) (page []shop.Payment, more bool, err error) {
	limit := pageSize(q.Limit)
	where := paymentConditions(q.PaymentFilter)
	if q.Before > 0 {
		where.add("p.id < @before", "before", q.Before)
		// A payment is never older than its order, so newer months hold none that come before the cursor.
		where.add("p.order_id < @before_order", "before_order", (q.Before>>20+1)<<20)
	}
	where.set("row_limit", limit+1)
	err = s.report(ctx, func(tx pgx.Tx) error {
		var keys sqlc.PaymentsByKeysParams
		rows, err := tx.Query(ctx, "SELECT p.order_id, p.id FROM payments p"+where.where()+" ORDER BY p.id DESC LIMIT @row_limit", where.args)
		if err != nil {
			return err
		}
		var orderID, id int64
		if _, err := pgx.ForEachRow(rows, []any{&orderID, &id}, func() error {
			keys.OrderIds, keys.Ids = append(keys.OrderIds, orderID), append(keys.Ids, id)
			return nil
		}); err != nil {
			return err
		}
		found, err := s.q.PaymentsByKeys(ctx, tx, keys)
		page = make([]shop.Payment, len(found))
		for i, r := range found {
			page[i] = paymentOf(r)
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(page) > limit {
		page, more = page[:limit], true
	}
	return page, more, nil
}

// PaymentTotals adds up every payment that the filter lets through, not just a page of them, per currency.
func (s *Store) PaymentTotals(ctx context.Context, filter shop.PaymentFilter) ([]shop.PaymentTotal, error) {
	where := paymentConditions(filter)
	return reportValue(ctx, s, func(tx pgx.Tx) ([]shop.PaymentTotal, error) {
		rows, err := tx.Query(ctx, `SELECT p.currency, count(*) AS payments, sum(p.amount_minor)::bigint AS on_record_minor,
			sum(p.captured_minor)::bigint AS captured_minor, sum(p.refunded_minor)::bigint AS refunded_minor
			FROM payments p`+where.where()+` GROUP BY p.currency ORDER BY p.currency`, where.args)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowToStructByName[shop.PaymentTotal])
	})
}

// paymentConditions turns a filter into SQL. The period is one of ids, which are in order of time and prune to months.
func paymentConditions(f shop.PaymentFilter) *conditions {
	c := &conditions{}
	if len(f.Statuses) > 0 {
		statuses := make([]string, len(f.Statuses))
		for i, status := range f.Statuses {
			statuses[i] = string(status)
		}
		c.add("p.status = ANY (@statuses)", "statuses", statuses)
	}
	if !f.From.IsZero() {
		c.add("p.id >= @id_from", "id_from", int64(shop.FirstIDAt(f.From)))
	}
	if !f.Until.IsZero() {
		c.add("p.id < @id_until AND p.order_id < @id_until", "id_until", int64(shop.FirstIDAt(f.Until)))
	}
	for _, text := range []struct{ clause, name, value string }{
		{"p.provider = @provider", "provider", f.Provider},
		{"p.method = @method", "method", f.Method},
		{"p.currency = @currency", "currency", string(f.Currency)},
		{"(p.provider_ref = @reference OR p.charge_key = @reference)", "reference", f.Reference},
		{"p.card_last4 = @last4", "last4", f.CardLast4},
	} {
		if text.value != "" {
			c.add(text.clause, text.name, text.value)
		}
	}
	if f.OrderID > 0 {
		c.add("p.order_id = @order_id", "order_id", int64(f.OrderID))
	}
	if f.PaymentID > 0 {
		c.add("p.id = @payment_id", "payment_id", f.PaymentID)
	}
	c.addAmount(f.Amount)
	return c
}

// addAmount bounds amounts of all currencies at once: their minor units differ by the number of digits.
func (c *conditions) addAmount(r shop.AmountRange) {
	if r == (shop.AmountRange{}) {
		return
	}
	lists := shop.CurrenciesByExponent()
	c.set("no_digits", lists[0])
	c.set("three_digits", lists[3])
	c.set("four_digits", lists[4])
	for _, side := range []struct {
		operator, prefix string
		of               func(exponent int) *int64
	}{
		{">=", "least", func(exponent int) *int64 { least, _ := r.Minor(exponent); return least }},
		{"<=", "most", func(exponent int) *int64 { _, most := r.Minor(exponent); return most }},
	} {
		if side.of(2) == nil {
			continue
		}
		for exponent, name := range map[int]string{0: "_0", 2: "_2", 3: "_3", 4: "_4"} {
			c.set(side.prefix+name, *side.of(exponent))
		}
		p := "@" + side.prefix
		c.clauses = append(c.clauses, "p.amount_minor "+side.operator+" CASE WHEN p.currency = ANY (@no_digits) THEN "+p+"_0::bigint WHEN p.currency = ANY (@three_digits) THEN "+
			p+"_3::bigint WHEN p.currency = ANY (@four_digits) THEN "+p+"_4::bigint ELSE "+p+"_2::bigint END")
	}
}
