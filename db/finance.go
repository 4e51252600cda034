package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const (
	maxReportCurrencies = 40  // per day; more than any shop sells in
	maxFilterChoices    = 200 // values that a filter offers
	maxSiblings         = 200 // parts of one charge; a checkout has at most 100 orders
	maxExceptionsShown  = 50  // on the page of one order or payment
)

// FinanceOverview returns where the money stands: what happened in the period, and what is open now.
func (s *Store) FinanceOverview(ctx context.Context, period shop.Period) (shop.FinanceOverview, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.FinanceOverview, error) {
		overview := shop.FinanceOverview{Period: period}
		var err error
		if overview.Days, err = s.financeDays(ctx, tx, period); err != nil {
			return overview, err
		}
		if overview.States, err = s.paymentStates(ctx, tx, period); err != nil {
			return overview, err
		}
		open, err := s.q.FinanceOpenPayments(ctx, tx, shop.MaxUnknownShown)
		if err != nil {
			return overview, err
		}
		for _, r := range open {
			overview.Unknown = append(overview.Unknown, paymentOf(r))
		}
		overview.Exceptions, err = s.openExceptionTotals(ctx, tx)
		return overview, err
	})
}

// DailyTotals returns the money of every UTC day and currency in the period, by day. Days on which nothing happened
// are left out.
func (s *Store) DailyTotals(ctx context.Context, period shop.Period) ([]shop.DayTotal, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) ([]shop.DayTotal, error) { return s.financeDays(ctx, tx, period) })
}

// FirstOrderDay returns the UTC day of the first order on record; today when there is none.
func (s *Store) FirstOrderDay(ctx context.Context) (time.Time, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (time.Time, error) {
		first, err := s.q.FinanceFirstDay(ctx, tx, s.Now())
		return shop.UTCDay(first), err
	})
}

func (s *Store) financeDays(ctx context.Context, tx pgx.Tx, period shop.Period) ([]shop.DayTotal, error) {
	rows, err := s.q.FinanceDays(ctx, tx, sqlc.FinanceDaysParams{
		IDFrom: int64(shop.FirstIDAt(period.From)), IDUntil: int64(shop.FirstIDAt(period.Until)), FromAt: &period.From, UntilAt: &period.Until,
		RowLimit: shop.MaxReportDays * maxReportCurrencies,
	})
	days := make([]shop.DayTotal, len(rows))
	for i, r := range rows {
		days[i] = shop.DayTotal{
			Day: r.Day.UTC(), Currency: shop.Currency(r.Currency), Orders: r.Orders, ItemsMinor: r.ItemsMinor, ShippingMinor: r.ShippingMinor,
			TaxMinor: r.TaxMinor, DiscountMinor: r.DiscountMinor, OnRecordMinor: r.OnRecordMinor, CapturedMinor: r.CapturedMinor, RefundedMinor: r.RefundedMinor,
		}
	}
	return days, err
}

func (s *Store) paymentStates(ctx context.Context, tx pgx.Tx, period shop.Period) ([]shop.PaymentStateTotal, error) {
	rows, err := s.q.FinancePaymentStates(ctx, tx, sqlc.FinancePaymentStatesParams{
		IDFrom: int64(shop.FirstIDAt(period.From)), IDUntil: int64(shop.FirstIDAt(period.Until)),
	})
	states := make([]shop.PaymentStateTotal, len(rows))
	for i, r := range rows {
		states[i] = shop.PaymentStateTotal{Status: shop.PaymentStatus(r.Status), Currency: shop.Currency(r.Currency), Payments: r.Payments, AmountMinor: r.AmountMinor}
	}
	return states, err
}

func (s *Store) openExceptionTotals(ctx context.Context, tx pgx.Tx) ([]shop.ExceptionTotal, error) {
	rows, err := s.q.FinanceOpenExceptions(ctx, tx, maxFilterChoices)
	totals := make([]shop.ExceptionTotal, len(rows))
	for i, r := range rows {
		totals[i] = shop.ExceptionTotal{Kind: r.Kind, Currency: shop.Currency(r.Currency), Exceptions: r.Exceptions, DifferenceMinor: r.DifferenceMinor, OldestAt: r.OldestAt}
	}
	return totals, err
}

// PaymentChoices returns the providers, methods and currencies of the payments recorded since a time.
func (s *Store) PaymentChoices(ctx context.Context, since time.Time) (shop.PaymentChoices, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.PaymentChoices, error) {
		rows, err := s.q.FinanceProviders(ctx, tx, sqlc.FinanceProvidersParams{IDFrom: int64(shop.FirstIDAt(since)), RowLimit: maxFilterChoices})
		var choices shop.PaymentChoices
		for _, r := range rows {
			choices.Providers = appendNew(choices.Providers, r.Provider)
			choices.Methods = appendNew(choices.Methods, r.Method)
			choices.Currencies = appendNew(choices.Currencies, shop.Currency(r.Currency))
		}
		return choices, err
	})
}

// PaymentRecord returns one payment with its order, its refunds, the other parts of its charge and what does not match
// about it. An unknown id is CodeNotFound.
func (s *Store) PaymentRecord(ctx context.Context, id int64) (shop.PaymentRecord, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.PaymentRecord, error) {
		row, err := s.q.PaymentByID(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.PaymentRecord{}, shop.NotFound("payment")
		}
		if err != nil {
			return shop.PaymentRecord{}, err
		}
		record := shop.PaymentRecord{Payment: paymentOf(row.Payment)}
		orderID := row.Payment.OrderID
		head, err := s.q.OrderHead(ctx, tx, orderID)
		if err != nil {
			return record, err
		}
		record.Order = orderDetail(head).OrderHead
		refunds, err := s.q.PaymentRefunds(ctx, tx, sqlc.PaymentRefundsParams{OrderID: orderID, PaymentID: id})
		if err != nil {
			return record, err
		}
		for _, r := range refunds {
			record.Refunds = append(record.Refunds, refundOf(r))
		}
		if err := s.loadSiblings(ctx, tx, &record); err != nil {
			return record, err
		}
		exceptions, err := s.q.PaymentExceptions(ctx, tx, sqlc.PaymentExceptionsParams{
			OrderID: &orderID, Provider: record.Provider, ProviderRef: record.ProviderRef, RowLimit: maxExceptionsShown,
		})
		for _, r := range exceptions {
			record.Exceptions = append(record.Exceptions, exceptionOf(sqlc.ExceptionByIDRow(r)))
		}
		return record, err
	})
}

func (s *Store) loadSiblings(ctx context.Context, tx pgx.Tx, record *shop.PaymentRecord) error {
	if record.ChargeKey == "" {
		return nil
	}
	rows, err := s.q.PaymentSiblings(ctx, tx, sqlc.PaymentSiblingsParams{ChargeKey: record.ChargeKey, ID: record.ID, RowLimit: maxSiblings})
	for _, r := range rows {
		record.Siblings = append(record.Siblings, paymentOf(r))
	}
	return err
}

// appendNew appends a value unless it is empty or there already.
func appendNew[T comparable](list []T, value T) []T {
	var zero T
	if value == zero {
		return list
	}
	for _, known := range list {
		if known == value {
			return list
		}
	}
	return append(list, value)
}
