package shop

import (
	"context"
	"fmt"
	"time"
)

// ImportCatalogCounts counts entries of a catalog.
type ImportCatalogCounts struct {
	Merchants, Customers, Products, SKUs int64
}

func (c *ImportCatalogCounts) add(more ImportCatalogCounts) {
	c.Merchants += more.Merchants
	c.Customers += more.Customers
	c.Products += more.Products
	c.SKUs += more.SKUs
}

// Counts tells how many entries the batch holds.
func (b ImportCatalog) Counts() ImportCatalogCounts {
	counts := ImportCatalogCounts{
		Merchants: int64(len(b.Merchants)),
		Customers: int64(len(b.Customers)),
		Products:  int64(len(b.Products)),
	}
	for _, p := range b.Products {
		counts.SKUs += int64(len(p.SKUs))
	}
	return counts
}

// ImportMoney adds up checkouts of one currency. Paid counts every payment on record,
// Captured those of which the source says that the money was taken.
type ImportMoney struct {
	Items, Shipping, Tax, Discount, Paid, Captured Amount
}

// ImportTally adds up checkouts. BySourceStatus counts checkouts by the word of the
// source for the state of their first order.
type ImportTally struct {
	Checkouts, Orders, Lines, Units, Events, Payments int64
	BySourceStatus                                    map[string]int64
	Exceptions                                        map[ImportExceptionKind]int64
	Money                                             map[Currency]ImportMoney
}

func newImportTally() ImportTally {
	return ImportTally{
		BySourceStatus: map[string]int64{},
		Exceptions:     map[ImportExceptionKind]int64{},
		Money:          map[Currency]ImportMoney{},
	}
}

// add counts a valid checkout. Sums beyond 64 bits are an error, never a wrong figure.
func (t *ImportTally) add(c ImportCheckout) error {
	t.Checkouts++
	t.Orders += int64(len(c.Orders))
	t.Payments += int64(len(c.Payments))
	t.BySourceStatus[c.Orders[0].SourceStatus]++
	for _, e := range c.Exceptions {
		t.Exceptions[e.Kind]++
	}
	for _, o := range c.Orders {
		t.Lines += int64(len(o.Lines))
		t.Events += int64(len(o.Events))
		for _, l := range o.Lines {
			t.Units += l.Quantity
		}
	}
	return t.addMoney(c)
}

func (t *ImportTally) addMoney(c ImportCheckout) error {
	sums := t.Money[c.Currency]
	more := c.money()
	for _, m := range []struct{ sum, more *Amount }{
		{&sums.Items, &more.Items}, {&sums.Shipping, &more.Shipping}, {&sums.Tax, &more.Tax},
		{&sums.Discount, &more.Discount}, {&sums.Paid, &more.Paid}, {&sums.Captured, &more.Captured},
	} {
		m.sum.Currency, m.more.Currency = c.Currency, c.Currency
		sum, err := m.sum.Add(*m.more)
		if err != nil {
			return err
		}
		*m.sum = sum
	}
	t.Money[c.Currency] = sums
	return nil
}

// money adds up one checkout; addMoney sets the currency.
func (c ImportCheckout) money() (m ImportMoney) {
	for _, o := range c.Orders {
		m.Items.Minor += o.SubtotalMinor()
		m.Shipping.Minor += o.ShippingMinor
		m.Tax.Minor += o.TaxMinor()
		m.Discount.Minor += o.DiscountMinor()
	}
	for _, p := range c.Payments {
		m.Paid.Minor += p.AmountMinor
		if p.Status == PaymentCaptured {
			m.Captured.Minor += p.AmountMinor
		}
	}
	return m
}

// ImportReport tells what an import found and what of it was new. Rejected counts the
// pieces of input that were not imported.
type ImportReport struct {
	Source                    string
	CatalogRead, CatalogAdded ImportCatalogCounts
	Read, Added               ImportTally
	Rejected                  int64
}

// ImportPhase is the part of the work that an import is at.
type ImportPhase string

// The phases of an import.
const (
	ImportingCatalog   ImportPhase = "catalog"
	ImportingCheckouts ImportPhase = "checkouts"
)

// ImportProgress tells how far an import is. Done, Added and Expected count entries in
// the catalog phase and checkouts after it; Expected is 0 when unknown.
type ImportProgress struct {
	Phase                           ImportPhase
	Done, Added, Expected, Rejected int64
}

// ImportRun is one import: where from, where to, and who is told. Progress may be nil.
type ImportRun struct {
	Source   ImportSource
	Sink     ImportSink
	Rejects  RejectWriter
	Progress func(ImportProgress)
}

// RunImport brings everything of the source that the sink does not have yet. It may be
// interrupted and run again at any time: each batch is kept whole or not at all, and
// what is known is passed over. With an error comes the report of what was done before.
func RunImport(ctx context.Context, run ImportRun) (ImportReport, error) {
	w := importer{run: run, report: ImportReport{
		Source: run.Source.Name(), Read: newImportTally(), Added: newImportTally(),
	}, covered: map[time.Time]bool{}}
	if err := run.Source.Catalog(ctx, func(b ImportCatalog) error { return w.catalog(ctx, b) }, &w); err != nil {
		return w.report, fmt.Errorf("import of the catalog: %w", err)
	}
	err := run.Source.Checkouts(ctx, func(c ImportCheckout) error { return w.checkout(ctx, c) }, &w)
	if err == nil {
		err = w.flush(ctx)
	}
	if err != nil {
		return w.report, fmt.Errorf("import of the checkouts: %w", err)
	}
	return w.report, nil
}

// importer holds the state of one RunImport.
type importer struct {
	run     ImportRun
	report  ImportReport
	waiting []ImportCheckout
	covered map[time.Time]bool // by start of month
}

// WriteReject counts the reject on its way.
func (w *importer) WriteReject(r ImportReject) error {
	w.report.Rejected++
	return w.run.Rejects.WriteReject(r)
}

func (w *importer) catalog(ctx context.Context, b ImportCatalog) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if n := len(b.Merchants) + len(b.Customers) + len(b.Categories) + len(b.Products) + len(b.TaxRates) + len(b.Users); n > ImportCatalogBatch {
		return fmt.Errorf("a catalog batch of %d entries is over the limit of %d", n, ImportCatalogBatch)
	}
	if err := w.cover(ctx, b.times()); err != nil {
		return err
	}
	added, err := w.run.Sink.RegisterCatalog(ctx, w.report.Source, b)
	if err != nil {
		return err
	}
	w.report.CatalogRead.add(b.Counts())
	w.report.CatalogAdded.add(added)
	w.tell(ImportProgress{
		Phase: ImportingCatalog,
		Done:  w.report.CatalogRead.entries(),
		Added: w.report.CatalogAdded.entries(),
	})
	return nil
}

func (c ImportCatalogCounts) entries() int64 { return c.Merchants + c.Customers + c.Products }

func (w *importer) checkout(ctx context.Context, c ImportCheckout) error {
	if err := c.Validate(); err != nil {
		return err
	}
	w.waiting = append(w.waiting, c)
	if len(w.waiting) < ImportCheckoutBatch {
		return nil
	}
	return w.flush(ctx)
}

// flush hands the waiting checkouts to the sink, without those that it has.
func (w *importer) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	batch, err := w.unknown(ctx)
	if err != nil {
		return err
	}
	if err := w.keep(ctx, batch); err != nil {
		return err
	}
	if err := w.tally(batch); err != nil {
		return err
	}
	w.waiting = w.waiting[:0]
	w.tell(ImportProgress{
		Phase: ImportingCheckouts, Done: w.report.Read.Checkouts, Added: w.report.Added.Checkouts,
		Expected: w.run.Source.Expected(),
	})
	return nil
}

// keep gives a batch to the sink, after room was made for it.
func (w *importer) keep(ctx context.Context, batch []ImportCheckout) error {
	if len(batch) == 0 {
		return nil
	}
	for _, c := range batch {
		if err := w.cover(ctx, c.times()); err != nil {
			return err
		}
	}
	return w.run.Sink.ImportCheckouts(ctx, w.report.Source, batch)
}

// cover makes room for the month of each time, once.
func (w *importer) cover(ctx context.Context, times []time.Time) error {
	for _, at := range times {
		month := MonthStart(at)
		if w.covered[month] {
			continue
		}
		if err := w.run.Sink.CoverMonth(ctx, month); err != nil {
			return err
		}
		w.covered[month] = true
	}
	return nil
}

func (w *importer) tally(added []ImportCheckout) error {
	for _, c := range w.waiting {
		if err := w.report.Read.add(c); err != nil {
			return err
		}
	}
	for _, c := range added {
		if err := w.report.Added.add(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *importer) unknown(ctx context.Context) ([]ImportCheckout, error) {
	ids := make([]string, len(w.waiting))
	for i, c := range w.waiting {
		ids[i] = c.ExternalID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := w.run.Sink.KnownCheckouts(ctx, w.report.Source, ids)
	if err != nil {
		return nil, err
	}
	var fresh []ImportCheckout
	for _, c := range w.waiting {
		if !known[c.ExternalID] {
			fresh = append(fresh, c)
		}
	}
	return fresh, nil
}

func (w *importer) tell(p ImportProgress) {
	if w.run.Progress != nil {
		p.Rejected = w.report.Rejected
		w.run.Progress(p)
	}
}
