package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const (
	catalogFileLease  = time.Minute // for the next product; renewed with each
	catalogFilesShown = 20
)

// AddCatalogFile keeps an uploaded file, to be checked, and returns its id: the same for the same key and file.
func (s *Store) AddCatalogFile(ctx context.Context, f shop.NewCatalogFile) (int64, error) {
	id, _, err := once(ctx, s, f.Key, func(tx pgx.Tx) (int64, error) {
		return s.q.CatalogFileAdd(ctx, tx, sqlc.CatalogFileAddParams{
			MerchantID: f.MerchantID, FileName: f.Name, Heading: f.Heading, Data: f.Data, Lines: int32(f.Lines), ActorID: f.Actor.ID, ActorName: f.Actor.Name, RequestID: f.RequestID, Now: s.Now(), //nolint:gosec // at most MaxCatalogLines
		})
	})
	return id, err
}

// CatalogFiles returns the latest files of a merchant.
func (s *Store) CatalogFiles(ctx context.Context, merchantID int64) ([]shop.CatalogFile, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.CatalogFile, error) {
		ids, err := s.q.CatalogFilesLatest(ctx, tx, sqlc.CatalogFilesLatestParams{MerchantID: merchantID, RowLimit: catalogFilesShown})
		if err != nil {
			return nil, err
		}
		return s.catalogFiles(ctx, tx, ids)
	})
}

// CatalogFile returns a file of a merchant. Another merchant's is CodeNotFound.
func (s *Store) CatalogFile(ctx context.Context, merchantID, id int64) (shop.CatalogFile, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CatalogFile, error) {
		files, err := s.catalogFiles(ctx, tx, []int64{id})
		if err == nil && (len(files) == 0 || files[0].MerchantID != merchantID) {
			return shop.CatalogFile{}, shop.NotFound("catalog file")
		}
		if err != nil {
			return shop.CatalogFile{}, err
		}
		return files[0], nil
	})
}

func (s *Store) catalogFiles(ctx context.Context, tx pgx.Tx, ids []int64) ([]shop.CatalogFile, error) {
	rows, err := s.q.CatalogFilesByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	counts, err := s.q.CatalogFileCounts(ctx, tx, ids)
	files := make([]shop.CatalogFile, len(rows))
	for i, r := range rows {
		files[i] = shop.CatalogFile{
			ID: r.ID, MerchantID: r.MerchantID, Name: r.FileName, Heading: r.Heading, Lines: int(r.Lines), Status: shop.CatalogFileStatus(r.Status), Done: int(r.Done), Problem: r.Problem,
			Actor: shop.Actor{Kind: shop.ActorStaff, ID: r.ActorID, Name: r.ActorName}, RequestID: r.RequestID, CreatedAt: r.CreatedAt, StatusAt: r.StatusAt,
			Counts: map[shop.CatalogOutcome]int64{},
		}
		for _, c := range counts {
			if c.ImportID == r.ID {
				files[i].Counts[shop.CatalogOutcome(c.Outcome)] = c.Lines
			}
		}
	}
	return files, err
}

// CatalogReport returns a page of what became of the lines of a file, and whether more follow.
func (s *Store) CatalogReport(ctx context.Context, q shop.CatalogReportQuery) (page []shop.CatalogReport, more bool, err error) {
	limit := pageSize(q.Limit)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		files, err := s.catalogFiles(ctx, tx, []int64{q.FileID})
		if err != nil {
			return err
		}
		if len(files) == 0 || files[0].MerchantID != q.MerchantID {
			return shop.NotFound("catalog file")
		}
		var rows []sqlc.CatalogLinesRow
		if q.Outcome == "" {
			rows, err = s.q.CatalogLines(ctx, tx, sqlc.CatalogLinesParams{ImportID: q.FileID, After: int32(q.After), RowLimit: int32(limit + 1)}) //nolint:gosec // pageSize bounds it
		} else {
			var some []sqlc.CatalogLinesOfOutcomeRow
			some, err = s.q.CatalogLinesOfOutcome(ctx, tx, sqlc.CatalogLinesOfOutcomeParams{ImportID: q.FileID, Outcome: string(q.Outcome), After: int32(q.After), RowLimit: int32(limit + 1)}) //nolint:gosec // pageSize bounds it
			rows = convertRows(some, func(r sqlc.CatalogLinesOfOutcomeRow) sqlc.CatalogLinesRow { return sqlc.CatalogLinesRow(r) })
		}
		more = len(rows) > limit
		rows = rows[:min(len(rows), limit)]
		page = make([]shop.CatalogReport, len(rows))
		for i, r := range rows {
			page[i] = shop.CatalogReport{Line: int(r.Line), Outcome: shop.CatalogOutcome(r.Outcome), Product: r.Product, SKU: r.Sku, Notes: r.Notes, Record: r.Record}
		}
		return err
	})
	return page, more, err
}

// ApplyCatalogFile lets a checked file be applied by who says so; one that is applied already stays so. One that is not
// checked is CodeConflict.
func (s *Store) ApplyCatalogFile(ctx context.Context, by shop.Editor, id int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		started, err := s.q.CatalogFileApply(ctx, tx, sqlc.CatalogFileApplyParams{
			ID: id, MerchantID: by.MerchantID, ActorID: by.Actor.ID, ActorName: by.Actor.Name, RequestID: by.RequestID, Now: s.Now(),
		})
		if err != nil {
			return err
		}
		if started == 0 {
			return s.appliedBefore(ctx, tx, id)
		}
		return s.q.CatalogLinesForget(ctx, tx, id)
	})
}

func (s *Store) appliedBefore(ctx context.Context, tx pgx.Tx, id int64) error {
	files, err := s.catalogFiles(ctx, tx, []int64{id})
	if err == nil && (len(files) == 0 || (files[0].Status != shop.CatalogApplying && files[0].Status != shop.CatalogApplied)) {
		err = shop.Conflict("This file is not checked yet.")
	}
	return err
}

// ClaimCatalogFile implements shop.CatalogFileStore.
func (s *Store) ClaimCatalogFile(ctx context.Context, id int64) (file shop.CatalogFile, data []byte, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		now := s.Now()
		rows, err := s.q.CatalogFileClaim(ctx, tx, sqlc.CatalogFileClaimParams{ID: id, Now: now, Until: now.Add(catalogFileLease)})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return shop.NotFound("catalog file")
		}
		files, err := s.catalogFiles(ctx, tx, []int64{rows[0].ID})
		if err == nil {
			file, data = files[0], rows[0].Data
		}
		return err
	})
	return file, data, err
}

// EndCatalogFile implements shop.CatalogFileStore.
func (s *Store) EndCatalogFile(ctx context.Context, file shop.CatalogFile, problem string) error {
	to := shop.CatalogChecked
	switch {
	case problem != "":
		to = shop.CatalogFailed
	case file.Status == shop.CatalogApplying:
		to = shop.CatalogApplied
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := s.q.CatalogFileEnd(ctx, tx, sqlc.CatalogFileEndParams{ID: file.ID, FromStatus: string(file.Status), ToStatus: string(to), Problem: problem, Now: s.Now()})
		return err
	})
}

// PruneCatalogFiles deletes a bounded number of files that are older than age and not being read; call again until zero.
func (s *Store) PruneCatalogFiles(ctx context.Context, age time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.CatalogFilesPrune(ctx, tx, sqlc.CatalogFilesPruneParams{Before: s.Now().Add(-age), RowLimit: catalogFilesShown})
	})
}

// CatalogExport is a part of a merchant's catalog on its way into a file.
type CatalogExport struct {
	Lines [][]string
	After int64 // the last product; 0 when it was the last part
}

// CatalogExportHeading returns what the columns of a merchant's export are about.
func (s *Store) CatalogExportHeading(ctx context.Context, merchantID int64) (currencies []shop.Currency, locations []shop.Location, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		codes, err := s.q.MerchantCurrencies(ctx, tx, sqlc.MerchantCurrenciesParams{MerchantID: merchantID, Now: s.Now(), RowLimit: maxCurrencies})
		if err != nil {
			return err
		}
		currencies = convertAll(codes, func(c string) shop.Currency { return shop.Currency(c) })
		rows, err := s.q.MerchantLocations(ctx, tx, merchantID)
		locations = convertAll(rows, func(r sqlc.MerchantLocationsRow) shop.Location { return shop.Location(r) })
		return err
	})
	return currencies, locations, err
}

// CatalogExportLines returns the lines of the products that follow one, by id, and where the next part begins.
func (s *Store) CatalogExportLines(ctx context.Context, merchantID, after int64, currencies []shop.Currency, locations []shop.Location) (CatalogExport, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (part CatalogExport, err error) {
		products, err := s.q.CatalogExportPage(ctx, tx, sqlc.CatalogExportPageParams{MerchantID: merchantID, After: after, RowLimit: shop.MaxPageSize})
		if err != nil || len(products) == 0 {
			return part, err
		}
		ids := convertAll(products, func(r sqlc.CatalogExportPageRow) int64 { return r.ID })
		skus, err := s.merchantSKUs(ctx, tx, ids)
		if err != nil {
			return part, err
		}
		onHand, err := s.stockByLocation(ctx, tx, skus)
		if err != nil {
			return part, err
		}
		for _, p := range products {
			draft := shop.ProductDraft{Name: p.Name, Slug: p.Slug, Description: p.Description, Category: p.CategorySlug, Status: shop.CatalogStatus(p.Status)}
			for _, sku := range skus[p.ID] {
				part.Lines = append(part.Lines, shop.CatalogLine(draft, sku, onHand[sku.ID], currencies, locations))
			}
		}
		if len(products) == shop.MaxPageSize {
			part.After = ids[len(ids)-1]
		}
		return part, nil
	})
}

// stockByLocation is what there is of SKUs, by SKU and location.
func (s *Store) stockByLocation(ctx context.Context, tx pgx.Tx, skus map[int64][]shop.MerchantSKU) (map[int64]map[int64]int64, error) {
	var ids []int64
	for _, list := range skus {
		for _, sku := range list {
			ids = append(ids, sku.ID)
		}
	}
	rows, err := s.q.StockOfProducts(ctx, tx, ids)
	onHand := map[int64]map[int64]int64{}
	for _, r := range rows {
		noteStock(onHand, r.SkuID, r.LocationID, r.OnHand)
	}
	return onHand, err
}

func noteStock(onHand map[int64]map[int64]int64, sku, location, units int64) {
	if onHand[sku] == nil {
		onHand[sku] = map[int64]int64{}
	}
	onHand[sku][location] = units
}
