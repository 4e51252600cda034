package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// ReadCatalogGroup implements shop.CatalogFileStore. The dry run does everything that applying does, up to the constraints
// of the schema, and takes it back: what it says is what happens.
func (s *Store) ReadCatalogGroup(ctx context.Context, file shop.CatalogFile, group shop.CatalogGroup, done int) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		reports, err := s.readGroup(ctx, tx, file, group)
		if err != nil {
			return err
		}
		lines := make([]sqlc.CatalogLinesAddParams, len(reports))
		for i, r := range reports {
			notes := r.Notes
			if notes == nil {
				notes = []string{}
			}
			lines[i] = sqlc.CatalogLinesAddParams{ImportID: file.ID, Line: int32(r.Line), Outcome: string(r.Outcome), Product: r.Product, Sku: r.SKU, Notes: notes, Record: r.Record} //nolint:gosec // lines of a file of 10 MB
		}
		if _, err := s.q.CatalogLinesAdd(ctx, tx, lines); err != nil {
			return err
		}
		moved, err := s.q.CatalogFileStep(ctx, tx, sqlc.CatalogFileStepParams{ID: file.ID, Status: string(file.Status), Done: int32(done), Until: s.Now().Add(catalogFileLease)}) //nolint:gosec // at most MaxCatalogLines
		if err == nil && moved != 1 {
			err = shop.Conflict("Somebody else has read this part of the file.")
		}
		return err
	})
}

// readGroup does what the lines say in a transaction within the transaction, and takes it back unless they are applied.
func (s *Store) readGroup(ctx context.Context, tx pgx.Tx, file shop.CatalogFile, group shop.CatalogGroup) ([]shop.CatalogReport, error) {
	trial, err := tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	g := &catalogGroup{s: s, by: shop.Editor{MerchantID: file.MerchantID, Actor: file.Actor, RequestID: file.RequestID}, onHand: map[int64]map[int64]int64{}}
	if err := g.open(ctx, trial, group); err != nil {
		return nil, err
	}
	reports := make([]shop.CatalogReport, len(group.Rows))
	for i, row := range group.Rows {
		if reports[i], err = g.read(ctx, trial, row); err != nil {
			return nil, err
		}
	}
	if file.Status == shop.CatalogChecking {
		return reports, trial.Rollback(ctx)
	}
	return reports, trial.Commit(ctx)
}

// catalogGroup is a product while the lines about it are read.
type catalogGroup struct {
	s         *Store
	by        shop.Editor
	product   shop.MerchantProduct // without id: there is none of that address yet
	refusal   error                // of every line
	settled   bool                 // a line has said what the product is
	locations []shop.Location
	onHand    map[int64]map[int64]int64 // by SKU and location
}

// open finds the product and locks it and, where its stock is counted, its stock.
func (g *catalogGroup) open(ctx context.Context, tx pgx.Tx, group shop.CatalogGroup) error {
	rows, err := g.s.q.MerchantLocations(ctx, tx, g.by.MerchantID)
	if err != nil {
		return err
	}
	g.locations = convertAll(rows, func(r sqlc.MerchantLocationsRow) shop.Location { return shop.Location(r) })
	found, err := g.s.q.ProductIDBySlug(ctx, tx, group.Product)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	case found.MerchantID != g.by.MerchantID:
		g.refusal = shop.Invalid("slug", "Another merchant's product has this address.")
		return nil
	case found.Deleted:
		g.refusal = shop.Invalid("slug", "This product is deleted. Restore it first.")
		return nil
	}
	if g.product, err = g.s.editing(tx, g.by).lock(ctx, found.ID); err != nil {
		return err
	}
	ids := make([]int64, len(g.product.SKUs))
	for i, sku := range g.product.SKUs {
		ids[i] = sku.ID
	}
	levels, err := g.s.q.StockOfProductLock(ctx, tx, ids)
	for _, l := range levels {
		noteStock(g.onHand, l.SkuID, l.LocationID, l.OnHand)
	}
	return err
}

// read does what one line says, all of it or nothing.
func (g *catalogGroup) read(ctx context.Context, tx pgx.Tx, row shop.CatalogRow) (shop.CatalogReport, error) {
	report := shop.CatalogReport{Line: row.Line, Product: strings.TrimSpace(row.Cells[shop.ColumnProduct]), SKU: strings.TrimSpace(row.Cells[shop.ColumnSKU])}
	refuse := func(notes []string) (shop.CatalogReport, error) {
		report.Outcome, report.Notes, report.Record = shop.CatalogRefused, notes, row.Record
		return report, nil
	}
	if row.Problem != "" {
		return refuse([]string{row.Problem})
	}
	if g.refusal != nil {
		return refuse(shop.RefusalNotes(g.refusal))
	}
	step, err := tx.Begin(ctx)
	if err != nil {
		return report, err
	}
	line := &catalogLine{catalogGroup: *g, e: g.s.editing(step, g.by), row: row}
	switch err := translate(line.run(ctx)); shop.CodeOf(err) {
	case "":
	case shop.CodeInvalid, shop.CodeConflict:
		if err := step.Rollback(ctx); err != nil {
			return report, err
		}
		return refuse(shop.RefusalNotes(err))
	default:
		return report, err
	}
	if err := step.Commit(ctx); err != nil {
		return report, err
	}
	g.product, g.settled = line.product, true
	report.Notes = line.notes
	switch {
	case line.created:
		report.Outcome = shop.CatalogCreate
	case len(line.notes) > 0:
		report.Outcome = shop.CatalogChanged
	default:
		report.Outcome = shop.CatalogUnchanged
	}
	return report, nil
}

// catalogLine is one line on its way. What it makes of the product is the group's when it has succeeded.
type catalogLine struct {
	catalogGroup
	e       *catalogEdit
	row     shop.CatalogRow
	created bool
	notes   []string
}

func (l *catalogLine) note(notes ...string) { l.notes = append(l.notes, notes...) }

func (l *catalogLine) run(ctx context.Context) error {
	if err := l.writeProduct(ctx); err != nil {
		return err
	}
	sku, err := l.writeSKU(ctx)
	if err != nil {
		return err
	}
	if err := l.setRules(ctx, sku); err != nil {
		return err
	}
	return l.countStock(ctx, sku)
}

// setRules changes how the variant is sold.
func (l *catalogLine) setRules(ctx context.Context, sku int64) error {
	var before shop.StockRules // a new variant has none
	if known, found := l.product.SKU(sku); found {
		before = known.Rules
	}
	rules, notes, err := l.row.MergeRules(before)
	if err != nil || len(notes) == 0 {
		return err
	}
	l.note(notes...)
	return l.s.setStockRules(ctx, l.e.tx, shop.StockRulesChange{StockRules: rules, SKUID: sku, MerchantID: l.by.MerchantID, Actor: l.by.Actor, RequestID: l.by.RequestID})
}

func (l *catalogLine) writeProduct(ctx context.Context) error {
	before := l.product.ProductDraft
	switch {
	case l.product.ID == 0:
		draft, err := l.row.MergeProduct(shop.ProductDraft{Slug: strings.TrimSpace(l.row.Cells[shop.ColumnProduct]), Status: shop.CatalogDraft}).Clean(true)
		if err != nil {
			return err
		}
		id, err := l.e.addProduct(ctx, l.by.MerchantID, draft)
		if err != nil {
			return err
		}
		l.product = shop.MerchantProduct{ID: id, MerchantID: l.by.MerchantID, Version: 1, ProductDraft: draft}
		l.created = true
		l.note("new product")
		return nil
	case l.settled:
		return l.row.ProductOf(before)
	}
	after := l.row.MergeProduct(before)
	if len(after.Changes(before)) == 0 {
		return nil
	}
	after, err := after.Clean(false)
	if err != nil {
		return err
	}
	changes := after.Changes(before)
	if len(changes) == 0 { // spaces
		return nil
	}
	if err := l.e.changeProduct(ctx, l.product, after); err != nil {
		return err
	}
	l.product.ProductDraft, l.product.Version = after, l.product.Version+1
	l.note(shop.ChangeNotes(changes)...)
	return nil
}

// writeSKU adds or changes the variant with its prices, and returns its id.
func (l *catalogLine) writeSKU(ctx context.Context) (int64, error) {
	code := strings.TrimSpace(l.row.Cells[shop.ColumnSKU])
	for _, sku := range l.product.SKUs {
		if sku.Code == code {
			return sku.ID, l.changeVariant(ctx, sku)
		}
	}
	other, err := l.s.q.SKUByCode(ctx, l.e.tx, sqlc.SKUByCodeParams{MerchantID: l.by.MerchantID, Code: code})
	if err == nil {
		return 0, shop.Invalid("code", "This SKU belongs to the product "+other.Slug+".")
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	draft, err := l.row.MergeSKU(shop.SKUDraft{Code: code, Status: shop.CatalogActive, TaxCategory: shop.StandardTax})
	if err != nil {
		return 0, err
	}
	prices, err := l.row.NewPrices(nil)
	if err != nil {
		return 0, err
	}
	sku, err := shop.NewSKU{SKUDraft: draft, Prices: prices}.Clean()
	if err != nil {
		return 0, err
	}
	l.created = true
	l.note("new SKU")
	return l.e.addSKU(ctx, l.product, sku)
}

func (l *catalogLine) changeVariant(ctx context.Context, before shop.MerchantSKU) error {
	after, err := l.row.MergeSKU(before.SKUDraft)
	if err != nil {
		return err
	}
	if len(after.Changes(before.SKUDraft)) > 0 {
		if after, err = after.Clean(); err != nil {
			return err
		}
		l.note(shop.ChangeNotes(after.Changes(before.SKUDraft))...)
		if err := l.e.changeSKU(ctx, before, after); err != nil {
			return err
		}
	}
	prices, err := l.row.NewPrices(before.Prices)
	if err != nil {
		return err
	}
	for _, price := range prices {
		if err := l.e.setPrice(ctx, before.ID, price); err != nil {
			return err
		}
		l.note(priceNote(before.Prices, price))
	}
	return nil
}

func priceNote(before []shop.Amount, price shop.Amount) string {
	for _, b := range before {
		if b.Currency == price.Currency {
			return fmt.Sprintf("price_%s: %s → %s", price.Currency, b.Decimal(), price.Decimal())
		}
	}
	return fmt.Sprintf("price_%s: %s", price.Currency, price.Decimal())
}

// countStock books what the line says lies at the locations, as a count.
func (l *catalogLine) countStock(ctx context.Context, sku int64) error {
	counts, err := l.row.Counts(l.locations)
	if err != nil {
		return err
	}
	for _, c := range counts {
		there := l.onHand[sku][c.Location.ID]
		if there == c.Units {
			continue
		}
		err := l.s.adjust(ctx, l.e.tx, shop.StockAdjustment{
			SKUID: sku, LocationID: c.Location.ID, Delta: c.Units - there, Reason: shop.ReasonCount, MerchantID: l.by.MerchantID, Actor: l.by.Actor, RequestID: l.by.RequestID,
		}, shop.LocationStock{LocationID: c.Location.ID, Name: c.Location.Name})
		if err != nil {
			return stockRefusal(err, c.Location.Code)
		}
		l.note(fmt.Sprintf("stock_%s: %d → %d", c.Location.Code, there, c.Units))
	}
	return nil
}

// stockRefusal names the column that a refused count stands in.
func stockRefusal(err error, code string) error {
	var known *shop.Error
	if err = translate(err); errors.As(err, &known) && (known.Code == shop.CodeConflict || known.Code == shop.CodeInvalid) {
		return shop.Invalid("stock_"+code, known.Message)
	}
	return err
}
