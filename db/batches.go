package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const (
	maxCandidates  = 400 // parcels that are looked at for a batch, so that large ones do not hide small ones
	maxBatches     = 50  // in the list
	maxSuggestions = 12
)

// PreviewBatch returns the batch that a plan would give now, without taking anything. One that would be empty is CodeConflict.
func (s *Store) PreviewBatch(ctx context.Context, plan shop.BatchPlan) (shop.BatchPreview, error) {
	plan, err := plan.Clean()
	if err != nil {
		return shop.BatchPreview{}, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (preview shop.BatchPreview, err error) {
		f, err := s.frameQueue(ctx, tx, plan.MerchantID)
		if err != nil {
			return preview, err
		}
		candidates, err := s.batchCandidates(ctx, f, plan)
		if err != nil {
			return preview, err
		}
		if preview.Parcels = plan.Fill(candidates); len(preview.Parcels) == 0 {
			return preview, plan.Empty()
		}
		refs := refsOf(preview.Parcels)
		items, err := s.pickItems(ctx, tx, refs, plan.Totes(len(refs)))
		preview.List = shop.WalkOrder(items)
		return preview, err
	})
}

func refsOf(candidates []shop.BatchCandidate) []shop.ParcelRef {
	return convertAll(candidates, func(c shop.BatchCandidate) shop.ParcelRef { return c.ParcelRef })
}

func (s *Store) batchCandidates(ctx context.Context, f queueFrame, plan shop.BatchPlan) ([]shop.BatchCandidate, error) {
	if plan.Kind == shop.BatchChosen {
		keys := keysOf(plan.Chosen)
		rows, err := s.q.BatchChosen(ctx, f.tx, sqlc.BatchChosenParams{
			OrderIds: keys.orders, Nos: keys.nos, OrderIDFrom: keys.first, OrderIDUntil: keys.last, MerchantID: plan.MerchantID,
		})
		return convertAll(rows, func(r sqlc.BatchChosenRow) shop.BatchCandidate { return candidate(sqlc.BatchCandidatesRow(r)) }), err
	}
	params := sqlc.BatchCandidatesParams{
		MerchantID: plan.MerchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, LocationID: plan.LocationID,
		MaxUnits: plan.MaxUnits, Zone: plan.Zone, RowLimit: maxCandidates,
	}
	if plan.Kind == shop.BatchSingle {
		params.MaxUnits = 1
	}
	if plan.Kind == shop.BatchSKU {
		sku, err := s.q.ScanCode(ctx, f.tx, sqlc.ScanCodeParams{MerchantID: plan.MerchantID, Code: plan.SKU})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, shop.Invalid("sku", "You have no SKU with the code "+plan.SKU+".")
		}
		if err != nil {
			return nil, err
		}
		params.SkuID = sku.ID
	}
	rows, err := s.q.BatchCandidates(ctx, f.tx, params)
	return convertAll(rows, candidate), err
}

func candidate(r sqlc.BatchCandidatesRow) shop.BatchCandidate {
	return shop.BatchCandidate{ParcelRef: shop.ParcelRef{OrderID: shop.OrderID(r.OrderID), No: int(r.No)}, Units: r.Units, ShipByAt: r.ShipByAt}
}

// parcelKeys are parcels as queries take them, with the bounds that prune the months.
type parcelKeys struct {
	orders      []int64
	nos         []int32
	first, last int64
}

func keysOf(refs []shop.ParcelRef) parcelKeys {
	var k parcelKeys
	for _, r := range refs {
		k.orders, k.nos = append(k.orders, int64(r.OrderID)), append(k.nos, int32(r.No))
	}
	if len(refs) > 0 {
		k.first, k.last = slices.Min(k.orders), slices.Max(k.orders)
	}
	return k
}

// pickItems reads the lines of parcels; totes are theirs, in the same order, or nil.
func (s *Store) pickItems(ctx context.Context, tx pgx.Tx, refs []shop.ParcelRef, totes []int) ([]shop.PickItem, error) {
	keys := keysOf(refs)
	toteOf := map[shop.ParcelRef]int{}
	for i, tote := range totes {
		toteOf[refs[i]] = tote
	}
	rows, err := s.q.BatchItems(ctx, tx, sqlc.BatchItemsParams{OrderIds: keys.orders, Nos: keys.nos, OrderIDFrom: keys.first, OrderIDUntil: keys.last})
	return convertAll(rows, func(r sqlc.BatchItemsRow) shop.PickItem {
		ref := shop.ParcelRef{OrderID: shop.OrderID(r.OrderID), No: int(r.No)}
		return shop.PickItem{
			ParcelRef: ref, LineNo: int(r.LineNo), SKUID: r.SkuID, SKUCode: r.SkuCode, Name: r.Name, Barcode: shop.Barcode(r.Barcode), Picture: r.PictureHash,
			Quantity: r.Quantity, Picked: r.Picked, Verified: r.Verified, Location: r.Location, LocationRank: int(r.LocationRank), Bin: r.Bin, Tote: toteOf[ref],
		}
	}), err
}

// PickItems returns the lines of one parcel of a merchant as a picker and a packer need them.
func (s *Store) PickItems(ctx context.Context, merchantID int64, parcel shop.ParcelRef) ([]shop.PickItem, error) {
	return inTxWithValue(ctx, s, snapshotByKey, func(tx pgx.Tx) ([]shop.PickItem, error) {
		f, err := s.findParcel(ctx, tx, parcel.OrderID, parcel.No)
		if err == nil && f.MerchantID != merchantID {
			err = shop.NotFound("parcel")
		}
		if err != nil {
			return nil, err
		}
		return s.pickItems(ctx, tx, []shop.ParcelRef{parcel}, nil)
	})
}

// StartBatch claims the parcels of a plan for the actor and returns the batch. What somebody else is about to take is passed
// over, so two batches never have a parcel in common; with nothing left it is CodeConflict.
func (s *Store) StartBatch(ctx context.Context, command shop.BatchCommand) (shop.Batch, error) {
	plan, err := command.BatchPlan.Clean()
	if err != nil {
		return shop.Batch{}, err
	}
	if command.Actor.Kind != shop.ActorStaff {
		return shop.Batch{}, shop.Forbidden("Only people can pick batches.")
	}
	command.BatchPlan = plan
	id, _, err := once(ctx, s, command.Key, func(tx pgx.Tx) (int64, error) {
		f, err := s.frameQueue(ctx, tx, plan.MerchantID)
		if err != nil {
			return 0, err
		}
		taken, err := s.takeParcels(ctx, f, plan)
		if err != nil {
			return 0, err
		}
		if len(taken) == 0 {
			return 0, plan.Empty()
		}
		return s.insertBatch(ctx, f, command, taken)
	})
	if err != nil {
		return shop.Batch{}, err
	}
	return s.BatchByID(ctx, plan.MerchantID, id)
}

// takeParcels locks what fits the plan. Where somebody else was quicker, others that fit are locked instead.
func (s *Store) takeParcels(ctx context.Context, f queueFrame, plan shop.BatchPlan) ([]shop.BatchCandidate, error) {
	candidates, err := s.batchCandidates(ctx, f, plan)
	if err != nil {
		return nil, err
	}
	var taken []shop.BatchCandidate
	rest := plan
	for len(candidates) > 0 && rest.MaxParcels > 0 && rest.MaxUnits > 0 {
		wanted := rest.Fill(candidates)
		if len(wanted) == 0 {
			break
		}
		keys := keysOf(refsOf(wanted))
		locked, err := s.q.BatchTake(ctx, f.tx, sqlc.BatchTakeParams{
			OrderIds: keys.orders, Nos: keys.nos, OrderIDFrom: keys.first, OrderIDUntil: keys.last, MerchantID: plan.MerchantID,
		})
		if err != nil {
			return nil, err
		}
		for _, c := range wanted {
			if slices.Contains(locked, sqlc.BatchTakeRow{OrderID: int64(c.OrderID), No: int32(c.No)}) {
				taken = append(taken, c)
				rest.MaxParcels--
				rest.MaxUnits -= c.Units
			}
		}
		candidates = slices.DeleteFunc(candidates, func(c shop.BatchCandidate) bool { return slices.Contains(wanted, c) })
	}
	return taken, nil
}

// insertBatch claims locked parcels and puts them into a new batch.
func (s *Store) insertBatch(ctx context.Context, f queueFrame, command shop.BatchCommand, taken []shop.BatchCandidate) (int64, error) {
	refs := refsOf(taken)
	keys := keysOf(refs)
	for _, ref := range refs {
		work := shop.ParcelWork{OrderID: ref.OrderID, No: ref.No, MerchantID: command.MerchantID, Actor: command.Actor, RequestID: command.RequestID}
		if _, err := s.workInTx(ctx, f.tx, work, s.claim); err != nil {
			return 0, err
		}
	}
	id, err := s.q.BatchInsert(ctx, f.tx, sqlc.BatchInsertParams{
		MerchantID: command.MerchantID, PickerID: command.Actor.ID, Kind: string(command.Kind), About: command.About(),
		Parcels: int32(len(refs)), OrderIDFrom: keys.first, OrderIDUntil: keys.last, Now: f.clock.Now,
	})
	if err != nil {
		return 0, err
	}
	totes := convertAll(command.Totes(len(refs)), func(tote int) int32 { return int32(tote) })
	return id, s.q.BatchParcelsInsert(ctx, f.tx, sqlc.BatchParcelsInsertParams{OrderIds: keys.orders, Nos: keys.nos, BatchID: id, Totes: totes})
}

// BatchByID returns a batch of a merchant with its parcels and its pick list.
func (s *Store) BatchByID(ctx context.Context, merchantID, id int64) (shop.Batch, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.Batch, error) { return s.batchByID(ctx, tx, merchantID, id) })
}

func (s *Store) batchByID(ctx context.Context, tx pgx.Tx, merchantID, id int64) (shop.Batch, error) {
	row, err := s.q.BatchFind(ctx, tx, sqlc.BatchFindParams{ID: id, MerchantID: merchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		err = shop.NotFound("batch")
	}
	if err != nil {
		return shop.Batch{}, err
	}
	batch := shop.Batch{BatchHead: batchHead(row)}
	parcels, err := s.q.BatchParcels(ctx, tx, sqlc.BatchParcelsParams{BatchID: id, OrderIDFrom: row.OrderIDFrom, OrderIDUntil: row.OrderIDUntil})
	if err != nil {
		return shop.Batch{}, err
	}
	var refs []shop.ParcelRef
	var totes []int
	for _, r := range parcels {
		p := batchParcel(r)
		batch.Members = append(batch.Members, p)
		if p.Picked() {
			batch.PickedParcels++
		}
		if p.Open() || p.Picked() {
			refs, totes = append(refs, p.ParcelRef), append(totes, p.Tote)
		}
	}
	items, err := s.pickItems(ctx, tx, refs, totes)
	batch.List = shop.WalkOrder(items)
	batch.Units, batch.Picked = batch.List.Units()
	return batch, err
}

func batchHead(r sqlc.BatchFindRow) shop.BatchHead {
	head := shop.BatchHead{
		ID: r.ID, MerchantID: r.MerchantID, PickerID: r.PickerID, PickerName: r.PickerName, Kind: shop.BatchKind(r.Kind), About: r.About,
		Parcels: int(r.Parcels), OpenParcels: int(r.OpenParcels), CreatedAt: r.CreatedAt,
	}
	if r.EndedAt != nil {
		head.EndedAt = *r.EndedAt
	}
	return head
}

func batchParcel(r sqlc.BatchParcelsRow) shop.BatchParcel {
	p := shop.BatchParcel{
		ParcelRef: shop.ParcelRef{OrderID: shop.OrderID(r.OrderID), No: int(r.No)}, Tote: int(r.Tote), Status: shop.FulfillmentStatus(r.Status),
		Units: r.Units, ShipByAt: r.ShipByAt, LeftAs: r.LeftAs,
	}
	if r.LeftAt != nil {
		p.LeftAt = *r.LeftAt
	}
	return p
}

// Batches returns the latest batches of a merchant, newest first.
func (s *Store) Batches(ctx context.Context, merchantID int64) ([]shop.BatchHead, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.BatchHead, error) {
		rows, err := s.q.Batches(ctx, tx, sqlc.BatchesParams{MerchantID: merchantID, RowLimit: maxBatches})
		return convertAll(rows, func(r sqlc.BatchesRow) shop.BatchHead {
			head := batchHead(sqlc.BatchFindRow{
				ID: r.ID, MerchantID: r.MerchantID, PickerID: r.PickerID, Kind: r.Kind, About: r.About, Parcels: r.Parcels, OpenParcels: r.OpenParcels,
				CreatedAt: r.CreatedAt, EndedAt: r.EndedAt, PickerName: r.PickerName,
			})
			head.Units, head.Picked, head.PickedParcels = r.Units, r.Picked, int(r.PickedParcels)
			return head
		}), err
	})
}

// SuggestBatches returns what batches of a merchant could be about now.
func (s *Store) SuggestBatches(ctx context.Context, merchantID int64) (shop.BatchSuggestions, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (found shop.BatchSuggestions, err error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return found, err
		}
		skus, err := s.q.BatchSuggestSKUs(ctx, tx, sqlc.BatchSuggestSKUsParams{MerchantID: merchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, RowLimit: maxSuggestions})
		if err != nil {
			return found, err
		}
		found.SKUs = convertAll(skus, func(r sqlc.BatchSuggestSKUsRow) shop.Suggestion {
			return shop.Suggestion{Code: r.SkuCode, Name: r.Name, Parcels: r.Parcels}
		})
		zones, err := s.q.BatchSuggestZones(ctx, tx, sqlc.BatchSuggestZonesParams{MerchantID: merchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, RowLimit: maxSuggestions})
		found.Zones = convertAll(zones, func(r sqlc.BatchSuggestZonesRow) shop.Suggestion {
			return shop.Suggestion{Code: r.Zone, Parcels: r.Parcels}
		})
		return found, err
	})
}

// EndBatch gives every parcel of a batch that is not picked yet back to the queue. Anybody of the merchant may. Ending one
// that has ended does nothing.
func (s *Store) EndBatch(ctx context.Context, work shop.BatchWork) (shop.BatchEnd, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (end shop.BatchEnd, err error) {
		batch, err := s.lockBatch(ctx, tx, work)
		if err != nil {
			return end, err
		}
		end.Picked = batch.PickedParcels
		for _, p := range batch.Members {
			if !p.Open() {
				continue
			}
			parcel := shop.ParcelWork{OrderID: p.OrderID, No: p.No, MerchantID: work.MerchantID, Actor: work.Actor, RequestID: work.RequestID}
			if _, err := s.workInTx(ctx, tx, parcel, s.release); err != nil {
				return end, err
			}
			end.Released++
		}
		return end, nil
	})
}

// lockBatch locks the orders that are still being picked in a batch, sorted, before any of them is changed.
func (s *Store) lockBatch(ctx context.Context, tx pgx.Tx, work shop.BatchWork) (shop.Batch, error) {
	row, err := s.q.BatchFind(ctx, tx, sqlc.BatchFindParams{ID: work.ID, MerchantID: work.MerchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		err = shop.NotFound("batch")
	}
	if err != nil {
		return shop.Batch{}, err
	}
	if _, err := s.q.BatchOrdersLock(ctx, tx, sqlc.BatchOrdersLockParams{BatchID: work.ID, OrderIDFrom: row.OrderIDFrom, OrderIDUntil: row.OrderIDUntil}); err != nil {
		return shop.Batch{}, err
	}
	return s.batchByID(ctx, tx, work.MerchantID, work.ID)
}
