package api

import (
	"fmt"
	"net/http"

	"waybill/shop"
	"waybill/views/urls"
)

const countSheetsList = "count-sheets" // names the cursors of GET /count-sheets

// countSheetView is what somebody counts at a location.
type countSheetView struct {
	ID           int64            `json:"id"`
	MerchantID   int64            `json:"merchantId"`
	LocationID   int64            `json:"locationId"`
	Location     string           `json:"location"`
	Bins         *string          `json:"bins"`
	Status       shop.CountStatus `json:"status"`
	SKUCount     int64            `json:"skuCount"`
	CountedCount int64            `json:"countedCount"`
	Different    int64            `json:"differentCount"`
	OpenedAt     stamp            `json:"openedAt"`
	OpenedBy     string           `json:"openedBy"`
	ClosedAt     stamp            `json:"closedAt"`
	ClosedBy     *string          `json:"closedBy"`
}

// countSheetDetailView is a sheet with its lines.
type countSheetDetailView struct {
	countSheetView
	Lines []countLineView `json:"lines"`
}

type countLineView struct {
	SKUID      int64   `json:"skuId"`
	SKU        string  `json:"sku"`
	Name       string  `json:"name"`
	Bin        string  `json:"bin"`
	Counted    *int64  `json:"counted"`
	Expected   *int64  `json:"expected"`
	Difference *int64  `json:"difference"`
	CountedAt  stamp   `json:"countedAt"`
	CountedBy  *string `json:"countedBy"`
}

func viewCountSheet(s shop.CountSheet) countSheetView {
	return countSheetView{
		ID: s.ID, MerchantID: s.MerchantID, LocationID: s.LocationID, Location: s.Location, Bins: orNull(s.Bins), Status: s.Status, SKUCount: s.All,
		CountedCount: s.Counted, Different: s.Different, OpenedAt: stampOf(s.OpenedAt), OpenedBy: s.OpenedBy, ClosedAt: stampOf(s.ClosedAt), ClosedBy: orNull(s.ClosedBy),
	}
}

// viewCountLine tells what was expected once somebody has counted, and to nobody before.
func viewCountLine(l shop.CountLine) countLineView {
	view := countLineView{SKUID: l.SKUID, SKU: l.Code, Name: l.Name, Bin: l.Bin}
	if l.Entered {
		difference := l.Difference()
		view.Counted, view.Expected, view.Difference = &l.Counted, &l.Expected, &difference
		view.CountedAt, view.CountedBy = stampOf(l.CountedAt), orNull(l.CountedBy)
	}
	return view
}

// countSheetAnswer is a sheet as it is now.
func (a *API) countSheetAnswer(r *http.Request, key shop.APIKey, id int64, got answer) (answer, error) {
	sheet, err := a.Store.CountSheet(r.Context(), key.MerchantID, id)
	if err != nil {
		return answer{}, err
	}
	got.body = countSheetDetailView{viewCountSheet(sheet), each(sheet.Lines, viewCountLine)}
	return got, nil
}

// OpenCountSheet (POST /count-sheets) writes down what is to be counted at a location.
func (a *API) OpenCountSheet(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct {
		MerchantID, LocationID int64
		Bins                   string
	}
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "merchantId":
			body.MerchantID = b.optionalInteger()
		case "locationId":
			body.LocationID = b.integer()
		case "bins":
			body.Bins = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	open := shop.OpenCount{LocationID: body.LocationID, Bins: body.Bins, Actor: key.Actor(), RequestID: requestID(r)}
	if open.MerchantID, err = merchantOf(key, body.MerchantID); err != nil {
		return answer{}, err
	}
	if open.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	id, replayed, err := a.Store.OpenCountSheet(r.Context(), open)
	if err != nil {
		return answer{}, err
	}
	return a.countSheetAnswer(r, key, id, answer{status: http.StatusCreated, replayed: replayed, location: urls.APICountSheet(id)})
}

// ListCountSheets (GET /count-sheets) lists the count sheets of a merchant, newest first.
func (a *API) ListCountSheets(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	merchant, limit, before := q.merchant(key), q.limit(), q.cursor(countSheetsList)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	sheets, more, err := a.Store.CountSheets(r.Context(), merchant, before, limit)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(countSheetsList, sheets, more, func(s shop.CountSheet) int64 { return s.ID })
	return ok(listOf(sheets, next, viewCountSheet)), nil
}

// GetCountSheet (GET /count-sheets/{id}) is one sheet with its lines.
func (a *API) GetCountSheet(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	work, err := countWork(r, key)
	if err != nil {
		return answer{}, err
	}
	return a.countSheetAnswer(r, key, work.SheetID, ok(nil))
}

func countWork(r *http.Request, key shop.APIKey) (shop.CountWork, error) {
	id, err := pathID(r, "id", "count sheet")
	return shop.CountWork{SheetID: id, MerchantID: key.MerchantID, Actor: key.Actor(), RequestID: requestID(r)}, err
}

// EnterCounts (PUT /count-sheets/{id}/counts) writes down what was counted; SKUs that it does not name stay as they are.
func (a *API) EnterCounts(r *http.Request, key shop.APIKey) (answer, error) {
	var skus, counted []int64
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name == "counts" {
			skus, counted = b.counts()
		}
		return name == "counts"
	})
	if err != nil {
		return answer{}, err
	}
	command := shop.EnterCounts{Counted: map[int64]int64{}}
	if command.CountWork, err = countWork(r, key); err != nil {
		return answer{}, err
	}
	if len(skus) == 0 {
		return answer{}, shop.Invalid("counts", "Name at least one SKU and how many units of it were counted.")
	}
	for i, sku := range skus {
		if _, twice := command.Counted[sku]; twice {
			return answer{}, shop.Invalid(fmt.Sprintf("counts[%d].skuId", i), "This SKU is named twice.")
		}
		command.Counted[sku] = counted[i]
	}
	if err := command.Check(); err != nil {
		return answer{}, countFields(err, skus, "counted")
	}
	if err := a.Store.EnterCounts(r.Context(), command); err != nil {
		return answer{}, countFields(err, skus, "skuId")
	}
	return a.countSheetAnswer(r, key, command.SheetID, ok(nil))
}

// counts reads SKUs and how many units of each were counted.
func (b *bodyReader) counts() (skus, counted []int64) {
	length := b.array(shop.MaxCountLines, func(int) {
		sku, units := int64(0), int64(-1) // a count that is not named is none
		b.object(func(b *bodyReader, name string) bool {
			switch name {
			case "skuId":
				sku = b.integer()
			case "counted":
				units = b.integer()
			default:
				return false
			}
			return true
		})
		skus, counted = append(skus, sku), append(counted, units)
	})
	if length > shop.MaxCountLines {
		b.refuse("counts", fmt.Sprintf("At most %d SKUs can be counted at once.", shop.MaxCountLines))
	}
	return skus, counted
}

// countFields names refused SKUs as the body does.
func countFields(err error, skus []int64, member string) error {
	names := map[string]string{}
	for i, sku := range skus {
		names[shop.CountField(sku)] = fmt.Sprintf("counts[%d].%s", i, member)
	}
	return itemFields(err, nil, names)
}

// ApproveCountSheet (POST /count-sheets/{id}/approve) books the differences of a sheet.
func (a *API) ApproveCountSheet(r *http.Request, key shop.APIKey) (answer, error) {
	return a.endCountSheet(r, key, func(work shop.CountWork) (bool, error) { return a.Store.ApproveCountSheet(r.Context(), work) })
}

// DiscardCountSheet (POST /count-sheets/{id}/discard) closes a sheet without booking anything.
func (a *API) DiscardCountSheet(r *http.Request, key shop.APIKey) (answer, error) {
	return a.endCountSheet(r, key, func(work shop.CountWork) (bool, error) { return a.Store.DiscardCountSheet(r.Context(), work) })
}

func (a *API) endCountSheet(r *http.Request, key shop.APIKey, end func(shop.CountWork) (replayed bool, err error)) (answer, error) {
	if err := noBody(r); err != nil {
		return answer{}, err
	}
	work, err := countWork(r, key)
	if err != nil {
		return answer{}, err
	}
	if work.Key, err = idempotencyKey(r, key, nil); err != nil {
		return answer{}, err
	}
	replayed, err := end(work)
	if err != nil {
		return answer{}, err
	}
	return a.countSheetAnswer(r, key, work.SheetID, answer{status: http.StatusOK, replayed: replayed})
}
