package shop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeSource emits its catalogs, as many checkouts as told, and one reject.
type fakeSource struct {
	catalogs []ImportCatalog
	count    int
	spoil    func(i int, c *ImportCheckout)
}

func (s fakeSource) Name() string    { return "fake" }
func (s fakeSource) Expected() int64 { return int64(s.count) }

func (s fakeSource) Catalog(_ context.Context, emit func(ImportCatalog) error, _ RejectWriter) error {
	for _, c := range s.catalogs {
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

func (s fakeSource) Checkouts(_ context.Context, emit func(ImportCheckout) error, rejects RejectWriter) error {
	for i := range s.count {
		c := validImport(fmt.Sprint("checkout-", i))
		if s.spoil != nil {
			s.spoil(i, &c)
		}
		if err := emit(c); err != nil {
			return err
		}
	}
	return rejects.WriteReject(ImportReject{File: "fake.csv", Line: 7, Reason: "because"})
}

// validImport is a checkout over two merchants, 30.00 + 5.00 shipping, paid in two.
func validImport(id string) ImportCheckout {
	at := time.Date(2017, 10, 2, 10, 56, 33, 0, time.UTC)
	events := []ImportEvent{{To: StatusPending, At: at}, {To: StatusConfirmed, At: at}}
	return ImportCheckout{
		ExternalID: id, CustomerRef: "customer", PlacedAt: at, Currency: "BRL",
		Orders: []ImportOrder{
			{
				ExternalID: id + "/a", MerchantRef: "a", SourceStatus: "approved", ShippingMinor: 500, Events: events,
				Lines: []ImportLine{{ExternalID: id + "/1", SKURef: "sku", Quantity: 2, UnitPriceMinor: 1000}},
			},
			{
				ExternalID: id + "/b", MerchantRef: "b", SourceStatus: "approved", Events: events,
				Lines: []ImportLine{{ExternalID: id + "/2", SKURef: "sku", Quantity: 1, UnitPriceMinor: 1000}},
			},
		},
		Payments: []ImportPayment{
			{ExternalID: id + "/p1", AmountMinor: 3000, Status: PaymentCaptured, Shares: []int64{2000, 1000}},
			{ExternalID: id + "/p2", AmountMinor: 500, Status: PaymentPending, Shares: []int64{500, 0}},
		},
		Exceptions: []ImportException{{Kind: TimeMissing, Reason: "for the test"}},
	}
}

// fakeSink keeps the ids of checkouts and the sizes of batches, and fails when told.
type fakeSink struct {
	kept    map[string]bool
	batches []int
	failAt  int // number of the batch that fails, from 1
	months  []time.Time
}

var errSink = errors.New("the sink is full")

func (s *fakeSink) RegisterCatalog(_ context.Context, _ string, b ImportCatalog) (ImportCatalogCounts, error) {
	return ImportCatalogCounts{Merchants: b.Counts().Merchants}, nil
}

func (s *fakeSink) KnownCheckouts(_ context.Context, _ string, ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = s.kept[id]
	}
	return known, nil
}

func (s *fakeSink) CoverMonth(_ context.Context, at time.Time) error {
	s.months = append(s.months, at)
	return nil
}

func (s *fakeSink) ImportCheckouts(_ context.Context, _ string, batch []ImportCheckout) error {
	if s.failAt == len(s.batches)+1 {
		return errSink
	}
	s.batches = append(s.batches, len(batch))
	for _, c := range batch {
		if !slices.ContainsFunc(s.months, func(m time.Time) bool { return MonthStart(c.PlacedAt).Equal(m) }) {
			return fmt.Errorf("the month of %s is not covered", c.ExternalID)
		}
		if s.kept[c.ExternalID] {
			return fmt.Errorf("%s came twice", c.ExternalID)
		}
		s.kept[c.ExternalID] = true
	}
	return nil
}

type rejectCount int

func (n *rejectCount) WriteReject(ImportReject) error { *n++; return nil }

func TestRunImportTallies(t *testing.T) {
	t.Parallel()
	var rejects rejectCount
	var last ImportProgress
	sink := &fakeSink{kept: map[string]bool{"checkout-0": true}}
	source := fakeSource{count: 3, catalogs: []ImportCatalog{
		{Merchants: make([]ImportMerchant, 2)},
		{Customers: make([]ImportCustomer, 3), Products: []ImportProduct{{SKUs: make([]ImportSKU, 2)}}},
	}}
	report, err := RunImport(t.Context(), ImportRun{
		Source: source, Sink: sink, Rejects: &rejects,
		Progress: func(p ImportProgress) { last = p },
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (ImportCatalogCounts{Merchants: 2, Customers: 3, Products: 1, SKUs: 2}); report.CatalogRead != want {
		t.Errorf("catalog read %+v, want %+v", report.CatalogRead, want)
	}
	if want := (ImportCatalogCounts{Merchants: 2}); report.CatalogAdded != want {
		t.Errorf("catalog added %+v, want %+v", report.CatalogAdded, want)
	}
	if want := (ImportProgress{Phase: ImportingCheckouts, Done: 3, Added: 2, Expected: 3, Rejected: 1}); last != want {
		t.Errorf("last progress %+v, want %+v", last, want)
	}
	if report.Rejected != 1 || rejects != 1 {
		t.Errorf("%d rejects counted, %d written, want 1", report.Rejected, rejects)
	}
	read, added := report.Read, report.Added
	got := fmt.Sprint(read.Checkouts, read.Orders, read.Lines, read.Units, read.Events, read.Payments,
		read.BySourceStatus, read.Exceptions, added.Checkouts, added.Orders)
	if want := "3 6 6 9 12 6 map[approved:3] map[time_missing:3] 2 4"; got != want {
		t.Errorf("tally %s, want %s", got, want)
	}
	money := read.Money["BRL"]
	sums := fmt.Sprint(money.Items.Decimal(), " ", money.Shipping.Decimal(), " ", money.Paid.Decimal(), " ", money.Captured.Decimal())
	if want := "90.00 15.00 105.00 90.00"; sums != want {
		t.Errorf("money %s, want %s", sums, want)
	}
}

// TestRunImportResumes: what an interruption left out comes with the next run, the rest
// does not come again.
func TestRunImportResumes(t *testing.T) {
	t.Parallel()
	const count = 2*ImportCheckoutBatch + 1
	var rejects rejectCount
	sink := &fakeSink{kept: map[string]bool{}, failAt: 2}
	run := ImportRun{Source: fakeSource{count: count}, Sink: sink, Rejects: &rejects}
	report, err := RunImport(t.Context(), run)
	if !errors.Is(err, errSink) || report.Added.Checkouts != ImportCheckoutBatch {
		t.Fatalf("got %v after %d, want the sink's error after one batch", err, report.Added.Checkouts)
	}
	sink.failAt = 0
	for _, want := range []int64{count - ImportCheckoutBatch, 0} {
		report, err = RunImport(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		if report.Read.Checkouts != count || report.Added.Checkouts != want {
			t.Errorf("read %d, added %d, want %d and %d", report.Read.Checkouts, report.Added.Checkouts, count, want)
		}
	}
	if got := fmt.Sprint(sink.batches); got != "[500 500 1]" || len(sink.kept) != count {
		t.Errorf("batches %s of %d checkouts", got, len(sink.kept))
	}
}

func TestRunImportCoversEachMonthOnce(t *testing.T) {
	t.Parallel()
	var rejects rejectCount
	sink := &fakeSink{kept: map[string]bool{}}
	source := fakeSource{count: 2*ImportCheckoutBatch + 1, spoil: func(i int, c *ImportCheckout) { c.PlacedAt = c.PlacedAt.AddDate(0, i%3, 0) }}
	if _, err := RunImport(t.Context(), ImportRun{Source: source, Sink: sink, Rejects: &rejects}); err != nil {
		t.Fatal(err)
	}
	if len(sink.kept) != source.count || len(sink.months) != 3 {
		t.Errorf("%d checkouts, months covered: %s", len(sink.kept), sink.months)
	}
}

func TestRunImportStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var rejects rejectCount
	sink := &fakeSink{kept: map[string]bool{}}
	report, err := RunImport(ctx, ImportRun{
		Source: fakeSource{count: 3 * ImportCheckoutBatch}, Sink: sink, Rejects: &rejects,
		Progress: func(ImportProgress) { cancel() },
	})
	if !errors.Is(err, context.Canceled) || report.Added.Checkouts != ImportCheckoutBatch || len(sink.kept) != ImportCheckoutBatch {
		t.Errorf("got %v, reported %d, kept %d", err, report.Added.Checkouts, len(sink.kept))
	}
}

func TestRunImportRefusesFaultySources(t *testing.T) {
	t.Parallel()
	var rejects rejectCount
	sink := &fakeSink{kept: map[string]bool{}}
	faulty := fakeSource{count: 2, spoil: func(i int, c *ImportCheckout) {
		if i == 1 {
			c.Payments[0].Shares[0]--
		}
	}}
	if _, err := RunImport(t.Context(), ImportRun{Source: faulty, Sink: sink, Rejects: &rejects}); err == nil ||
		!strings.Contains(err.Error(), "checkout checkout-1: payment checkout-1/p1 is not shared out completely") {
		t.Errorf("got %v", err)
	}
	huge := fakeSource{catalogs: []ImportCatalog{{Customers: make([]ImportCustomer, ImportCatalogBatch+1)}}}
	if _, err := RunImport(t.Context(), ImportRun{Source: huge, Sink: sink, Rejects: &rejects}); err == nil ||
		!strings.Contains(err.Error(), "over the limit of 1000") {
		t.Errorf("got %v", err)
	}
	if len(sink.kept) != 0 {
		t.Errorf("%d checkouts were kept", len(sink.kept))
	}
}

func TestImportTallyNeverWraps(t *testing.T) {
	t.Parallel()
	tally := newImportTally()
	tally.Money["BRL"] = ImportMoney{Paid: Amount{Minor: math.MaxInt64, Currency: "BRL"}}
	mustRefuse(t, tally.add(validImport("one")), CodeInvalid, "")
}

func TestImportCheckoutValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(c *ImportCheckout)
		want  string // "" for valid
	}{
		{"valid", func(*ImportCheckout) {}, ""},
		{"before there are ids", func(c *ImportCheckout) { c.PlacedAt = c.PlacedAt.AddDate(-20, 0, 0) }, "placed at 1997"},
		{"no orders", func(c *ImportCheckout) { c.Orders = nil }, "0 orders"},
		{"too many orders", func(c *ImportCheckout) { c.Orders = make([]ImportOrder, ImportOrderLimit+1) }, "101 orders"},
		{"too many lines", func(c *ImportCheckout) { c.Orders[0].Lines = make([]ImportLine, ImportRowLimit) }, "501 lines"},
		{"too many payments", func(c *ImportCheckout) { c.Payments = make([]ImportPayment, ImportRowLimit+1) }, "501 payments"},
		{"lines lost", func(c *ImportCheckout) { c.Orders[0].Lines = nil }, "has 0 lines"},
		{"lines not lost", func(c *ImportCheckout) { c.Orders[0].WithoutLines = true }, "has 1 lines"},
		{"no units", func(c *ImportCheckout) { c.Orders[0].Lines[0].Quantity = 0 }, "sells 0 at"},
		{"too many units", func(c *ImportCheckout) { c.Orders[0].Lines[0].Quantity = ImportQuantityLimit + 1 }, "sells 10001 at"},
		{"negative price", func(c *ImportCheckout) { c.Orders[0].Lines[0].UnitPriceMinor = -1 }, "at -1"},
		{"price beyond the limit", func(c *ImportCheckout) { c.Orders[0].Lines[0].UnitPriceMinor = ImportAmountLimit + 1 }, "at 1000000000001"},
		{"negative shipping", func(c *ImportCheckout) { c.Orders[0].ShippingMinor = -1 }, "impossible amounts"},
		{"negative total", func(c *ImportCheckout) { c.Orders[0].Lines[0].DiscountMinor = 2001 }, "impossible amounts"},
		{"more tax than the price that includes it", func(c *ImportCheckout) {
			c.Orders[0].Lines[0].TaxIncluded, c.Orders[0].Lines[0].TaxMinor = true, 2001
		}, "impossible amounts"},
		{"tax rate beyond 100 %", func(c *ImportCheckout) { c.Orders[0].Lines[0].TaxRatePPM = MaxTaxRatePPM + 1 }, "impossible amounts"},
		{"no events", func(c *ImportCheckout) { c.Orders[0].Events = nil }, "does not start as pending"},
		{"not pending first", func(c *ImportCheckout) { c.Orders[0].Events = c.Orders[0].Events[1:] }, "does not start as pending"},
		{"illegal step", func(c *ImportCheckout) {
			c.Orders[0].Events = []ImportEvent{{To: StatusPending}, {To: StatusShipped}}
		}, "goes from pending to shipped"},
		{"neither step nor event", func(c *ImportCheckout) { c.Orders[0].Events = append(c.Orders[0].Events, ImportEvent{}) }, "neither a step"},
		{"both step and event", func(c *ImportCheckout) {
			c.Orders[0].Events = append(c.Orders[0].Events, ImportEvent{Kind: EventNote, To: StatusProcessing})
		}, "neither a step"},
		{"beside the walk", func(c *ImportCheckout) {
			c.Orders[0].Events = []ImportEvent{{To: StatusPending}, {Kind: EventNote}, {To: StatusConfirmed}}
		}, ""},
		{"held", func(c *ImportCheckout) {
			c.Orders[0].Holds = []ImportHold{{Line: 1, Quantity: 1}, {Line: 1, Quantity: 1}}
		}, ""},
		{"held in part", func(c *ImportCheckout) { c.Orders[0].Holds = []ImportHold{{Line: 1, Quantity: 1}} }, "does not hold the units of line 1"},
		{"held of no line", func(c *ImportCheckout) { c.Orders[0].Holds = []ImportHold{{Line: 2, Quantity: 2}} }, "impossible hold"},
		{"held and shipped", func(c *ImportCheckout) { c.Orders[0].Holds = []ImportHold{{Line: 1, Quantity: 2, Shipped: true}} }, "impossible hold"},
		{"given back before it was taken", func(c *ImportCheckout) {
			c.Orders[0].Holds = []ImportHold{{Line: 1, Quantity: 2, ClosedAt: c.PlacedAt.Add(-1)}}
		}, "impossible hold"},
		{"held after the end", func(c *ImportCheckout) {
			c.Orders[0].Events = []ImportEvent{{To: StatusPending}, {To: StatusCancelled}}
			c.Orders[0].Holds = []ImportHold{{Line: 1, Quantity: 2}}
		}, "impossible hold"},
		{"empty parcel", func(c *ImportCheckout) { c.Orders[0].Parcels = []ImportParcel{{}} }, "empty parcel"},
		{"parcel of no line", func(c *ImportCheckout) {
			c.Orders[0].Parcels = []ImportParcel{{Items: []ImportParcelItem{{Line: 2, Quantity: 1}}}}
		}, "impossible parcel"},
		{"over-picked parcel", func(c *ImportCheckout) {
			c.Orders[0].Parcels = []ImportParcel{{Items: []ImportParcelItem{{Line: 1, Quantity: 1, Picked: 2}}}}
		}, "impossible parcel"},
		{"more in parcels than sold", func(c *ImportCheckout) {
			p := ImportParcel{Items: []ImportParcelItem{{Line: 1, Quantity: 2}}}
			c.Orders[0].Parcels = []ImportParcel{p, p}
		}, "more in parcels than line 1"},
		{"refunded", func(c *ImportCheckout) { c.Payments[0].Refunds = []ImportRefund{{Order: 1, AmountMinor: 1000}} }, ""},
		{"refunded too much", func(c *ImportCheckout) {
			c.Payments[0].Refunds = []ImportRefund{{Order: 1, AmountMinor: 600}, {Order: 1, AmountMinor: 401}}
		}, "impossible refund"},
		{"refunded to no order", func(c *ImportCheckout) { c.Payments[0].Refunds = []ImportRefund{{Order: 2, AmountMinor: 1}} }, "impossible refund"},
		{"refunded without capture", func(c *ImportCheckout) { c.Payments[1].Refunds = []ImportRefund{{Order: 0, AmountMinor: 1}} }, "impossible refund"},
		{"negative payment", func(c *ImportCheckout) { c.Payments[0].AmountMinor = -1 }, "has 2 shares"},
		{"share missing", func(c *ImportCheckout) { c.Payments[0].Shares = []int64{3000} }, "has 1 shares"},
		{"share negative", func(c *ImportCheckout) { c.Payments[0].Shares = []int64{-1, 3001} }, "is shared out wrongly"},
		{"share too big", func(c *ImportCheckout) { c.Payments[0].Shares = []int64{3001, -1} }, "is shared out wrongly"},
		{"share too small", func(c *ImportCheckout) { c.Payments[0].Shares = []int64{2000, 999} }, "not shared out completely"},
		{"listed twice", func(c *ImportCheckout) { c.Exceptions = append(c.Exceptions, c.Exceptions[0]) }, "time_missing is listed twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := validImport("one")
			test.spoil(&c)
			err := c.Validate()
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
