package db

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Scan does what a scan means where it was made: it opens something, confirms a bin, or counts one unit. A wrong one changes
// nothing but is remembered. What is on the page and is not so any more is CodeConflict, and says what happened.
func (s *Store) Scan(ctx context.Context, command shop.ScanCommand) (shop.ScanAnswer, error) {
	if command.Actor.Kind != shop.ActorStaff {
		return shop.ScanAnswer{}, shop.Forbidden("Only people can scan.")
	}
	answer, replayed, err := once(ctx, s, command.Key, func(tx pgx.Tx) (shop.ScanAnswer, error) {
		return s.scan(ctx, tx, command)
	})
	answer.Replayed = replayed
	return answer, err
}

func (s *Store) scan(ctx context.Context, tx pgx.Tx, c shop.ScanCommand) (shop.ScanAnswer, error) {
	scan, err := shop.ReadScan(c.Code)
	if err != nil {
		var refused *shop.Error
		errors.As(err, &refused)
		v := shop.ScanVerdict{Answer: shop.ScanAnswer{Tone: shop.ScanToneWrong, Title: "Not readable", Text: refused.Message, At: c.At}}
		return v.Answer, s.noteScan(ctx, tx, c, v)
	}
	found, err := s.findScanned(ctx, tx, c.MerchantID, scan)
	if err != nil {
		return shop.ScanAnswer{}, err
	}
	if answer, opened, err := s.scanOpens(ctx, tx, c, found); err != nil || opened {
		return answer, err
	}
	verdict := shop.ScanVerdict{Answer: queueAnswer(found)}
	switch {
	case c.Step == shop.ScanPick && c.Batch != 0:
		verdict, err = s.scanBatch(ctx, tx, c, found)
	case c.Step == shop.ScanPick:
		verdict, err = s.scanPick(ctx, tx, c, found)
	case c.Step == shop.ScanPack:
		verdict, err = s.scanPack(ctx, tx, c, found)
	}
	if err != nil {
		return shop.ScanAnswer{}, err
	}
	return verdict.Answer, s.noteScan(ctx, tx, c, verdict)
}

// findScanned looks up what a scan is to the merchant.
func (s *Store) findScanned(ctx context.Context, tx pgx.Tx, merchantID int64, scan shop.Scan) (shop.ScanFound, error) {
	found := shop.ScanFound{Scan: scan}
	var sku sqlc.ScanCodeRow
	var err error
	if scan.Kind == shop.ScanBarcode {
		var row sqlc.ScanBarcodeRow
		row, err = s.q.ScanBarcode(ctx, tx, sqlc.ScanBarcodeParams{MerchantID: merchantID, Gtin: scan.Barcode.GTIN()})
		sku = sqlc.ScanCodeRow(row)
	}
	if sku.ID == 0 && (err == nil || errors.Is(err, pgx.ErrNoRows)) {
		sku, err = s.q.ScanCode(ctx, tx, sqlc.ScanCodeParams{MerchantID: merchantID, Code: scan.Text})
	}
	switch {
	case err == nil:
		found.SKUID, found.SKUCode, found.SKUName = sku.ID, sku.Code, sku.Name
		return found, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return found, err
	case scan.Bin == "":
		return found, nil
	}
	found.BinKnown, err = s.q.ScanBin(ctx, tx, sqlc.ScanBinParams{MerchantID: merchantID, Bin: scan.Bin, Location: scan.Location})
	return found, err
}

// scanOpens handles what is opened wherever it is scanned: orders and batches.
func (s *Store) scanOpens(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (answer shop.ScanAnswer, opened bool, err error) {
	switch {
	case found.SKUID != 0:
		return answer, false, nil
	case found.Kind == shop.ScanOrder:
		answer, err = s.openOrder(ctx, tx, c, found)
	case found.Kind == shop.ScanBatch:
		answer = shop.ScanAnswer{Tone: shop.ScanToneOK, Title: "Batch " + strconv.FormatInt(found.Batch, 10), Opens: shop.OpenBatch, Batch: found.Batch}
		_, err = s.q.BatchFind(ctx, tx, sqlc.BatchFindParams{ID: found.Batch, MerchantID: c.MerchantID})
		if errors.Is(err, pgx.ErrNoRows) {
			answer, err = found.Unknown(), nil
		}
	default:
		return answer, false, nil
	}
	answer.At = c.At
	return answer, true, err
}

// openOrder leads to where the work on an order goes on: from the queue to the order, from the shelves and the packing table
// to what is to be done with its parcel.
func (s *Store) openOrder(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (shop.ScanAnswer, error) {
	ref := shop.ParcelRef{OrderID: found.Order, No: max(found.Parcel, 1)}
	f, err := s.findParcel(ctx, tx, ref.OrderID, ref.No)
	if shop.CodeOf(err) == shop.CodeNotFound || (err == nil && f.MerchantID != c.MerchantID) {
		return s.openOrderAlone(ctx, tx, c, found)
	}
	if err != nil {
		return shop.ScanAnswer{}, err
	}
	answer := shop.ScanAnswer{Tone: shop.ScanToneOK, Title: "Order " + ref.OrderID.Number(), Opens: shop.OpenOrder, Parcel: ref}
	switch {
	case c.Step != shop.ScanQueue && c.Batch == 0 && c.Parcel == ref:
		answer.Title, answer.Text, answer.Opens = "Right order", "This is the parcel on the page.", ""
	case c.Step == shop.ScanPick && c.Batch != 0 && f.Status == shop.FulfillmentPicking:
		return s.toteOf(ctx, tx, c, answer)
	case c.Step == shop.ScanQueue:
	case f.Status == shop.FulfillmentPicking && f.AssignedUserID == c.Actor.ID:
		answer.Opens = shop.OpenPick
	case f.Status == shop.FulfillmentPicked || f.Status == shop.FulfillmentPacked:
		answer.Opens = shop.OpenPack
	}
	return answer, nil
}

// openOrderAlone is for orders without such a parcel: a merchant's own is opened, any other is unknown.
func (s *Store) openOrderAlone(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (shop.ScanAnswer, error) {
	head, err := s.q.OrderHead(ctx, tx, int64(found.Order))
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && head.MerchantID != c.MerchantID) {
		return found.Unknown(), nil
	}
	return shop.ScanAnswer{Tone: shop.ScanToneOK, Title: "Order " + found.Order.Number(), Opens: shop.OpenOrder, Parcel: shop.ParcelRef{OrderID: found.Order, No: 1}}, err
}

// toteOf says which tote of the batch on the page an order is in; an order that is in none is opened.
func (s *Store) toteOf(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, answer shop.ScanAnswer) (shop.ScanAnswer, error) {
	m, err := s.q.BatchOfParcel(ctx, tx, sqlc.BatchOfParcelParams{OrderID: int64(answer.Parcel.OrderID), No: int32(answer.Parcel.No)})
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && m.BatchID != c.Batch) {
		return answer, nil
	}
	answer.Title, answer.Text, answer.Opens = "Tote "+strconv.Itoa(int(m.Tote)), "Order "+answer.Parcel.OrderID.Number()+" goes into this tote.", ""
	return answer, err
}

// queueAnswer is what a scan means where there is no parcel to work on.
func queueAnswer(found shop.ScanFound) shop.ScanAnswer {
	switch {
	case found.SKUID != 0:
		return shop.ScanAnswer{Tone: shop.ScanToneOK, Title: found.SKUCode, Text: found.SKUName, Opens: shop.OpenSKU, SKU: found.SKUCode}
	case found.BinKnown:
		return shop.ScanAnswer{Tone: shop.ScanToneWrong, Title: "This is a bin", Text: "Scan an order, a batch or goods to open them."}
	}
	return found.Unknown()
}

// scanPick counts a unit of one parcel that the actor picks.
func (s *Store) scanPick(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (verdict shop.ScanVerdict, err error) {
	_, err = s.workInTx(ctx, tx, c.Work(c.Parcel), func(ctx context.Context, p *parcel) (bool, error) {
		if p.Status == shop.FulfillmentPicked && p.AssignedUserID == c.Actor.ID {
			verdict.Answer = shop.ScanAnswer{Tone: shop.ScanToneWrong, Title: "Already picked", Text: "Everything in this parcel is picked. Pack it next.", Opens: shop.OpenPack, Parcel: c.Parcel}
			return false, nil
		}
		if err := s.hold(ctx, p); err != nil {
			return false, err
		}
		items, err := s.pickItems(ctx, tx, []shop.ParcelRef{c.Parcel}, nil)
		if err != nil {
			return false, err
		}
		verdict = shop.WalkOrder(items).Scan(found, c.At)
		if verdict.Answer.Tone == shop.ScanToneDone {
			verdict.Answer.Opens, verdict.Answer.Parcel = shop.OpenPack, c.Parcel
		}
		return s.countPicked(ctx, p, verdict)
	})
	return verdict, err
}

// countPicked adds the unit of a verdict to its line; with the last one the parcel is picked.
func (s *Store) countPicked(ctx context.Context, p *parcel, verdict shop.ScanVerdict) (changed bool, err error) {
	if !verdict.Count {
		return false, nil
	}
	return s.pickLines(ctx, p, []shop.PickedLine{{LineNo: verdict.Item.LineNo, Quantity: verdict.Item.Picked + 1}})
}

// scanBatch counts a unit of one of the parcels of the actor's batch.
func (s *Store) scanBatch(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (verdict shop.ScanVerdict, err error) {
	batch, err := s.lockBatch(ctx, tx, shop.BatchWork{ID: c.Batch, MerchantID: c.MerchantID, Actor: c.Actor, RequestID: c.RequestID})
	if err != nil {
		return verdict, err
	}
	if err := batch.RefusePicker(c.Actor.ID); err != nil {
		return verdict, err
	}
	if verdict = batch.List.Scan(found, c.At); verdict.Answer.Tone == shop.ScanToneDone {
		verdict.Answer.Opens, verdict.Answer.Batch = shop.OpenBatch, c.Batch
	}
	if !verdict.Count {
		return verdict, nil
	}
	_, err = s.workInTx(ctx, tx, c.Work(verdict.Item.ParcelRef), func(ctx context.Context, p *parcel) (bool, error) {
		if err := s.hold(ctx, p); err != nil {
			return false, err
		}
		return s.countPicked(ctx, p, verdict)
	})
	return verdict, err
}

// scanPack verifies a unit of a picked parcel.
func (s *Store) scanPack(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, found shop.ScanFound) (verdict shop.ScanVerdict, err error) {
	_, err = s.workInTx(ctx, tx, c.Work(c.Parcel), func(ctx context.Context, p *parcel) (bool, error) {
		if p.Status != shop.FulfillmentPicked {
			return false, p.refuse(shop.FulfillmentPacked)
		}
		items, err := s.pickItems(ctx, tx, []shop.ParcelRef{c.Parcel}, nil)
		if err != nil {
			return false, err
		}
		verdict = shop.ScanParcel(items, found)
		if verdict.Answer.Tone == shop.ScanToneDone {
			verdict.Answer.Opens, verdict.Answer.Parcel = shop.OpenPack, c.Parcel
		}
		if !verdict.Count {
			return false, nil
		}
		verified, err := s.q.FulfillmentItemVerify(ctx, tx, sqlc.FulfillmentItemVerifyParams{OrderID: p.order.ID, No: int32(p.No), LineNo: int32(verdict.Item.LineNo)})
		if err == nil && verified != 1 {
			err = errors.New("a unit of a locked parcel could not be verified")
		}
		return true, err
	})
	return verdict, err
}

// noteScan remembers how a scan of a picker or packer went.
func (s *Store) noteScan(ctx context.Context, tx pgx.Tx, c shop.ScanCommand, v shop.ScanVerdict) error {
	wrong := v.Answer.Tone == shop.ScanToneWrong
	if c.Step == shop.ScanQueue || (!wrong && !v.Count) {
		return nil
	}
	e := scanEvent{step: c.Step, outcome: "ok", units: 1, parcel: c.Parcel, batch: c.Batch, code: c.Code, userID: c.Actor.ID, merchantID: c.MerchantID, now: s.Now()}
	if v.Count {
		e.parcel, e.line, e.sku = v.Item.ParcelRef, v.Item.LineNo, v.Item.SKUID
	}
	if wrong {
		e.outcome, e.said = "wrong", v.Answer.Title+": "+v.Answer.Text
	}
	return s.addScanEvent(ctx, tx, e)
}

// scanEvent is a row of scan_events.
type scanEvent struct {
	merchantID, userID int64
	step               shop.ScanStep
	outcome            string
	units              int64
	parcel             shop.ParcelRef
	line               int
	sku, batch         int64
	code, said, reason string
	now                time.Time
}

func (s *Store) addScanEvent(ctx context.Context, tx pgx.Tx, e scanEvent) error {
	return s.q.ScanEventAdd(ctx, tx, sqlc.ScanEventAddParams{
		Now: e.now, MerchantID: e.merchantID, UserID: e.userID, Step: string(e.step), Outcome: e.outcome, Units: e.units,
		OrderID: int64(e.parcel.OrderID), No: int32(e.parcel.No), LineNo: int32(e.line), SkuID: e.sku, BatchID: e.batch,
		Code: keptText(e.code, 200), Said: keptText(e.said, 500), Reason: e.reason,
	})
}

// keptText is what can be stored of a text that came from outside.
func keptText(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

// countByHand lets units pass that were not scanned. Where they are to be scanned that takes a reason, and a reason is
// remembered, with whose it is, for the staff to read.
func (s *Store) countByHand(ctx context.Context, p *parcel, step shop.ScanStep, units int64) error {
	if units <= 0 || p.work.Actor.Kind != shop.ActorStaff {
		return nil
	}
	reason, err := shop.CleanByHand(p.work.ByHand)
	if err != nil {
		return err
	}
	if reason == "" {
		required, err := s.q.ScanPolicy(ctx, p.tx, p.MerchantID)
		if err == nil && required {
			err = shop.NeedsReason()
		}
		return err
	}
	err = s.addScanEvent(ctx, p.tx, scanEvent{
		merchantID: p.MerchantID, userID: p.work.Actor.ID, step: step, outcome: "override", units: units, parcel: shop.ParcelRef{OrderID: p.OrderID, No: p.No}, reason: reason, now: p.now,
	})
	if err != nil {
		return err
	}
	return s.appendEvent(ctx, p.tx, shop.Event{
		OrderID: p.OrderID, Kind: shop.EventByHand, OccurredAt: p.now, RecordedAt: p.now, Actor: p.work.Actor, RequestID: p.work.RequestID, Visibility: shop.VisibilityStaff,
		Data: map[string]string{shop.DataReason: reason, shop.DataParcel: strconv.Itoa(p.No), shop.DataUnits: strconv.FormatInt(units, 10)},
	})
}

// unverified lets a parcel be packed if each of its units was scanned once more, or with a reason.
func (s *Store) unverified(ctx context.Context, p *parcel) error {
	units, err := s.q.FulfillmentItemsVerified(ctx, p.tx, sqlc.FulfillmentItemsVerifiedParams{OrderID: p.order.ID, No: int32(p.No)})
	if err != nil {
		return err
	}
	return s.countByHand(ctx, p, shop.ScanPack, units)
}

// ScanReport returns how scanning went at a merchant since a time, and the mismatches before a place, newest first.
func (s *Store) ScanReport(ctx context.Context, q shop.ScanReportQuery) (report shop.ScanReport, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if report.Required, err = s.q.ScanPolicy(ctx, tx, q.MerchantID); err != nil {
			return err
		}
		from, until := int64(shop.FirstIDAt(q.Since)), int64(shop.FirstIDAt(s.Now().Add(time.Minute)))
		people, err := s.q.ScanAccuracy(ctx, tx, sqlc.ScanAccuracyParams{MerchantID: q.MerchantID, IDFrom: from, IDUntil: until})
		if err != nil {
			return err
		}
		report.People = convertAll(people, func(r sqlc.ScanAccuracyRow) shop.ScanCount {
			return shop.ScanCount{UserID: r.UserID, Name: r.UserName, Step: shop.ScanStep(r.Step), Right: r.RightScans, Wrong: r.WrongScans, ByHand: r.ByHand}
		})
		before := until
		if q.Before > 0 {
			before = q.Before
		}
		rows, err := s.q.ScanMismatches(ctx, tx, sqlc.ScanMismatchesParams{MerchantID: q.MerchantID, IDFrom: from, IDBefore: before, RowLimit: shop.MaxPageSize + 1})
		if len(rows) > shop.MaxPageSize {
			rows, report.More = rows[:shop.MaxPageSize], true
		}
		report.Mismatches = convertAll(rows, mismatch)
		return err
	})
	return report, err
}

func mismatch(r sqlc.ScanMismatchesRow) shop.ScanMismatch {
	return shop.ScanMismatch{
		ID: r.ID, At: r.CreatedAt, Name: r.UserName, Step: shop.ScanStep(r.Step), Parcel: shop.ParcelRef{OrderID: shop.OrderID(r.OrderID), No: int(r.No)}, Batch: r.BatchID,
		Code: r.Code, Said: r.Said, Reason: r.Reason, Units: r.Units,
	}
}

// RequireScans decides whether the units of a merchant are to be scanned, or may be counted by hand without a reason.
func (s *Store) RequireScans(ctx context.Context, merchantID int64, required bool) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return s.q.ScanPolicySet(ctx, tx, sqlc.ScanPolicySetParams{ID: merchantID, ScanRequired: required})
	})
}

// ScansRequired tells whether the units of a merchant are to be scanned.
func (s *Store) ScansRequired(ctx context.Context, merchantID int64) (bool, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (bool, error) { return s.q.ScanPolicy(ctx, tx, merchantID) })
}
