package handlers

import (
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"time"

	"waybill/shop"
)

// exportBatch is how many payments one query of an export reads. Between two of them nothing is held: a reader who is
// slow keeps no snapshot and no connection.
const exportBatch = shop.MaxPageSize

var exportHeader = []string{
	"payment_id", "created_at", "status", "order_number", "order_id", "checkout_id", "provider", "method", "card_last4", "installments",
	"currency", "amount", "captured", "refunded", "net", "captured_at", "provider_ref", "charge_key", "failure",
}

// FinancePaymentsCSV exports every payment that the filter of the list lets through, newest first, as it is read.
func (h *Handlers) FinancePaymentsCSV(w http.ResponseWriter, r *http.Request) error {
	filter, problems := h.paymentFilter(paymentsForm(r))
	if problems != nil {
		return shop.InvalidFields(problems...)
	}
	query := shop.PaymentQuery{PaymentFilter: filter, Limit: exportBatch}
	batch, more, err := h.Reports.Payments(r.Context(), query)
	if err != nil {
		return err
	}
	h.csvHeaders(w, "payments")
	out := newSafeCSV(w)
	out.write(exportHeader)
	for {
		for _, p := range batch {
			out.write(exportRow(p))
		}
		if err := out.flush(); err != nil || !more {
			return nil //nolint:nilerr // the reader has left; there is nobody to tell
		}
		query.Before = batch[len(batch)-1].ID
		if batch, more, err = h.Reports.Payments(r.Context(), query); err != nil {
			h.breakOff(r, err)
		}
	}
}

// csvHeaders begins a file that is called after what it holds, and the day.
func (h *Handlers) csvHeaders(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`-`+h.Store.Now().Format(time.DateOnly)+`.csv"`)
}

// breakOff ends an export that has begun: only an abrupt end tells the reader that it is not whole.
func (h *Handlers) breakOff(r *http.Request, err error) {
	h.Log.ErrorContext(r.Context(), "export broken off", "request_id", requestID(r), "err", err)
	panic(http.ErrAbortHandler)
}

func exportRow(p shop.Payment) []string {
	amount := func(minor int64) string { return shop.Amount{Minor: minor, Currency: p.Currency}.Decimal() }
	return []string{
		strconv.FormatInt(p.ID, 10), exportTime(p.CreatedAt), string(p.Status), p.OrderID.Number(), strconv.FormatInt(int64(p.OrderID), 10),
		strconv.FormatInt(int64(p.CheckoutID), 10), p.Provider, p.Method, p.CardLast4, strconv.Itoa(p.Installments), string(p.Currency),
		amount(p.AmountMinor), amount(p.CapturedMinor), amount(p.RefundedMinor), amount(p.CapturedMinor - p.RefundedMinor), exportTime(p.CapturedAt),
		p.ProviderRef, p.ChargeKey, p.Failure,
	}
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// safeCSV writes CSV (RFC 4180) that a spreadsheet shows as text: a cell that it would take for a formula gets an
// apostrophe in front (OWASP, CSV injection). Figures of ours are never negative, so no amount is touched.
type safeCSV struct{ csv *csv.Writer }

func newSafeCSV(w io.Writer) *safeCSV {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return &safeCSV{out}
}

func (s *safeCSV) write(cells []string) {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = shop.SafeCell(cell)
	}
	_ = s.csv.Write(safe) // flush tells
}

func (s *safeCSV) flush() error {
	s.csv.Flush()
	return s.csv.Error()
}
