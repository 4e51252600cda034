package demo

import (
	"math/rand/v2"
	"slices"
	"time"

	"waybill/shop"
)

// differAfter is how long before now the processor's record begins to differ here and there.
const differAfter = 21 * 24 * time.Hour

// keepBooks writes what the processor knows of the past: every capture and refund, and then a few things wrong, each the
// way such things go wrong.
func (w *World) keepBooks(dice *rand.Rand) {
	for _, c := range w.checkouts {
		for _, p := range c.Payments {
			switch p.Status {
			case shop.PaymentCaptured:
				w.books = append(w.books, w.entry(c, p, shop.TransactionCapture))
			case shop.PaymentAuthorized:
				w.books = append(w.books, w.entry(c, p, "authorization"))
			}
			for _, r := range p.Refunds {
				w.books = append(w.books, shop.ProviderTransaction{
					Ref: r.ProviderRef, Charge: p.ProviderRef, Key: r.Key, Kind: shop.TransactionRefund, Currency: c.Currency, AmountMinor: r.AmountMinor,
					At: r.At, Description: "Refund",
				})
			}
		}
	}
	slices.SortStableFunc(w.books, func(a, b shop.ProviderTransaction) int { return a.At.Compare(b.At) })
	w.goWrong(dice)
}

func (w *World) entry(c shop.ImportCheckout, p shop.ImportPayment, kind shop.TransactionKind) shop.ProviderTransaction {
	t := shop.ProviderTransaction{
		Ref: p.ProviderRef, Charge: p.ProviderRef, Key: p.ChargeKey, Kind: kind, Currency: c.Currency, AmountMinor: p.AmountMinor,
		At: p.At, Description: "Order of " + c.PlacedAt.Format(time.DateOnly),
	}
	if kind == shop.TransactionCapture {
		t.FeeMinor = fee(p.AmountMinor)
	}
	return t
}

// fee is 2.9 % and 30 minor units, as the simulated processor takes it.
func fee(minor int64) int64 { return (minor*29+500)/1000 + 30 }

// How many things of each kind are wrong in the record.
const (
	misstated = 3 // captures of which it has less than the shop
	forgotten = 3 // captures that it does not have, beside one refund
	doubled   = 1 // captures that it made twice
	strangers = 2 // captures that the shop knows nothing of
	surprises = 2 // charges that it had declined and made all the same
)

// goWrong makes the record differ. The places are drawn by dice, the kinds are always the same.
func (w *World) goWrong(dice *rand.Rand) {
	captures, refund := w.recent()
	dice.Shuffle(len(captures), func(i, j int) { captures[i], captures[j] = captures[j], captures[i] })
	take := func(n int) []int {
		taken := captures[:n]
		captures = captures[n:]
		return taken
	}
	for _, i := range take(misstated) {
		w.books[i].AmountMinor -= w.books[i].AmountMinor / 10
	}
	for _, i := range take(doubled) {
		w.books = append(w.books, again(w.books[i], w.books[i].Charge))
	}
	for _, i := range take(strangers) {
		w.books = append(w.books, again(w.books[i], w.books[i].Ref+"2"))
	}
	w.surprise()
	gone := take(forgotten)
	if refund >= 0 {
		gone = append(gone, refund)
	}
	slices.Sort(gone)
	for i, at := range gone {
		w.books = slices.Delete(w.books, at-i, at-i+1)
	}
}

// recent are the captures of the last weeks, and the last refund in them, -1 if there is none. Those of the last day are
// left alone: finance has not looked at them yet.
func (w *World) recent() (captures []int, refund int) {
	refund = -1
	for i, t := range w.books {
		if t.At.Before(w.now.Add(-differAfter)) || t.At.After(w.now.Add(-24*time.Hour)) {
			continue
		}
		switch t.Kind {
		case shop.TransactionCapture:
			captures = append(captures, i)
		case shop.TransactionRefund:
			refund = i
		}
	}
	return captures, refund
}

// again is a second transaction like another, on a charge.
func again(t shop.ProviderTransaction, charge string) shop.ProviderTransaction {
	t.Ref, t.Charge, t.Key, t.At = t.Ref+"2", charge, t.Key+"_2", t.At.Add(3*time.Second)
	return t
}

// surprise lets the last declined attempts have been charged after all.
func (w *World) surprise() {
	left := surprises
	for i := len(w.checkouts) - 1; i >= 0 && left > 0; i-- {
		c := w.checkouts[i]
		if len(c.Payments) > 0 && c.Payments[0].Status == shop.PaymentFailed {
			w.books = append(w.books, w.entry(c, c.Payments[0], shop.TransactionCapture))
			left--
		}
	}
}
