package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
)

// parcelView is a fulfillment: one parcel's worth of work.
type parcelView struct {
	ID             string                 `json:"id"`
	OrderID        shop.OrderID           `json:"orderId"`
	OrderNumber    string                 `json:"orderNumber"`
	No             int                    `json:"no"`
	Status         shop.FulfillmentStatus `json:"status"`
	OrderStatus    shop.Status            `json:"orderStatus"`
	StatusAt       stamp                  `json:"statusAt"`
	PlacedAt       stamp                  `json:"placedAt"`
	ShipBy         stamp                  `json:"shipBy"`
	Promise        *string                `json:"promise"`
	Holder         *holderView            `json:"holder"`
	LapsedHolder   *string                `json:"lapsedHolder"`
	LocationID     *int64                 `json:"locationId"`
	Location       *string                `json:"location"`
	ServiceID      *int64                 `json:"serviceId"`
	Service        *string                `json:"service"`
	City           string                 `json:"city"`
	Country        string                 `json:"country"`
	OrderTotal     decimal                `json:"orderTotal"`
	Currency       shop.Currency          `json:"currency"`
	Units          int64                  `json:"units"`
	PickedUnits    int64                  `json:"pickedUnits"`
	Items          []parcelItemView       `json:"items"`
	UnpackUntil    stamp                  `json:"unpackUntil"`
	ShipmentID     *int64                 `json:"shipmentId"`
	Carrier        *string                `json:"carrier"`
	TrackingNumber *string                `json:"trackingNumber"`
	ShippedAt      stamp                  `json:"shippedAt"`
	DeliveredAt    stamp                  `json:"deliveredAt"`
}

// holderView is who has a parcel in hands.
type holderView struct {
	WorkerID int64  `json:"workerId"`
	Name     string `json:"name"`
	Since    stamp  `json:"since"`
	Until    stamp  `json:"until"`
}

type parcelItemView struct {
	LineNo   int    `json:"lineNo"`
	SKUID    int64  `json:"skuId"`
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
	Picked   int64  `json:"pickedQuantity"`
}

func parcelID(ref shop.ParcelRef) string {
	return strconv.FormatInt(int64(ref.OrderID), 10) + "-" + strconv.Itoa(ref.No)
}

// pathParcel is the fulfillment in the address: the order's id or number, a dash, and which of its parcels.
func pathParcel(r *http.Request) (shop.ParcelRef, error) {
	ref, ok := parseParcel(chi.URLParam(r, "id"))
	if !ok {
		return ref, shop.NotFound("fulfillment")
	}
	return ref, nil
}

func parseParcel(text string) (ref shop.ParcelRef, ok bool) {
	dash := strings.LastIndexByte(text, '-')
	if dash < 0 {
		return ref, false
	}
	no, err := strconv.ParseInt(text[dash+1:], 10, 16)
	if err != nil || no <= 0 {
		return ref, false
	}
	order, err := strconv.ParseInt(text[:dash], 10, 64)
	if err != nil || order <= 0 || shop.OrderID(order) > shop.MaxOrderID {
		id, err := shop.ParseOrderNumber(text[:dash])
		return shop.ParcelRef{OrderID: id, No: int(no)}, err == nil
	}
	return shop.ParcelRef{OrderID: shop.OrderID(order), No: int(no)}, true
}

// parcelWriter writes parcels as they stand to their promise at the time of a queue.
func parcelWriter(clock shop.QueueClock) func(shop.QueueRow) parcelView {
	return func(r shop.QueueRow) parcelView {
		view := parcelView{
			ID: parcelID(shop.ParcelRef{OrderID: r.OrderID, No: r.No}), OrderID: r.OrderID, OrderNumber: r.OrderID.Number(), No: r.No, Status: r.Status, OrderStatus: r.OrderStatus,
			StatusAt: stampOf(r.StatusAt), PlacedAt: stampOf(r.PlacedAt), ShipBy: stampOf(r.ShipByAt), LapsedHolder: orNull(r.LapsedName),
			LocationID: idOrNull(r.LocationID), Location: orNull(r.Location), Service: orNull(r.Service), City: r.City, Country: r.Country,
			OrderTotal: decimalOf(r.Total), Currency: r.Total.Currency, Units: r.Units, PickedUnits: r.Picked,
			ShipmentID: idOrNull(r.ShipmentID), Carrier: orNull(r.Carrier), TrackingNumber: orNull(r.Tracking), ShippedAt: stampOf(r.ShippedAt), DeliveredAt: stampOf(r.DeliveredAt),
			Items: each(r.Items, func(i shop.QueueItem) parcelItemView {
				return parcelItemView{i.LineNo, i.SKUID, i.SKUCode, i.Name, i.Quantity, i.Picked}
			}),
		}
		if r.Status != shop.FulfillmentCancelled {
			view.Promise = orNull(r.Promise(clock))
		}
		if r.Status == shop.FulfillmentPacked {
			view.UnpackUntil = stampOf(r.UnpackUntil)
		}
		if r.ServiceID != shop.StandardService {
			view.ServiceID = &r.ServiceID
		}
		if r.HolderID != 0 {
			view.Holder = &holderView{r.HolderID, r.HolderName, stampOf(r.HeldSince), stampOf(r.LeasedUntil)}
		}
		return view
	}
}

// ListFulfillments (GET /fulfillments) lists one stage of a merchant's queue.
func (a *API) ListFulfillments(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.QueueQuery{MerchantID: q.merchant(key), QueueFilter: q.queueFilter(), Limit: q.limit()}
	list := "fulfillments " + string(asked.Stage) + " " + string(asked.Sort) // a place in one order is none in another
	asked.After = q.queueCursor(list)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	page, err := a.Store.QueuePage(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := ""
	if page.More && len(page.Rows) > 0 {
		next = formatTextCursor(list, asked.Cursor(page.Rows[len(page.Rows)-1]).String())
	}
	return ok(listOf(page.Rows, next, parcelWriter(page.Clock))), nil
}

// merchant is whose things are asked for: the key's own, or the one that a key of another role names.
func (q *query) merchant(key shop.APIKey) int64 {
	id := q.id("merchantId")
	switch {
	case key.MerchantID == 0 && id == 0:
		q.refuse("merchantId", "Say whose: a key of this role sees all merchants.")
	case key.MerchantID != 0 && id != 0 && id != key.MerchantID:
		q.refuse("merchantId", "This key sees its own merchant alone.")
	}
	return cmp.Or(key.MerchantID, id)
}

// queueFilter reads what the lists of the queue can be narrowed by.
func (q *query) queueFilter() shop.QueueFilter {
	f := shop.QueueFilter{
		Stage: oneOf(q, "stage", shop.QueueToPick, shop.QueueStages()...), LocationID: q.id("locationId"), HolderID: q.id("workerId"),
		Due: oneOf(q, "due", shop.QueueDueAny, shop.QueueDueLate, shop.QueueDueToday), SKU: q.text("sku"), Country: q.country(),
		Sort: oneOf(q, "sort", shop.QueueSortPromise, shop.QueueSorts()[1:]...),
	}
	if len(f.SKU) > shop.MaxQueueText {
		q.refuse("sku", "This is longer than the code of a SKU can be.")
	}
	if text := q.text("service"); text == "standard" {
		f.ServiceID = shop.StandardService
	} else if text != "" {
		f.ServiceID, _ = strconv.ParseInt(text, 10, 64)
		if f.ServiceID <= 0 {
			q.refuse("service", "This must be standard, or the id of one of the merchant's services.")
		}
	}
	f.Value = q.amounts("value")
	return f
}

func (q *query) amounts(name string) shop.AmountRange {
	text := q.text(name)
	if text == "" {
		return shop.AmountRange{}
	}
	amounts, err := shop.ParseAmountRange(text)
	if err != nil {
		q.refuse(name, messageOf(err))
	}
	return amounts
}

func (q *query) country() string {
	text := q.text("country")
	if text == "" {
		return ""
	}
	country, err := shop.FindCountry(text)
	if err != nil {
		q.refuse("country", messageOf(err))
	}
	return country.Code
}

// oneOf returns one of some words, and another when there is none.
func oneOf[Word ~string](q *query, name string, missing Word, words ...Word) Word {
	text := Word(q.text(name))
	switch {
	case text == "":
		return missing
	case !slices.Contains(words, text):
		list := make([]string, len(words))
		for i, word := range words {
			list[i] = string(word)
		}
		q.refuse(name, "This must be one of "+strings.Join(list, ", ")+".")
	}
	return text
}

func (q *query) queueCursor(list string) shop.QueueCursor {
	text := q.text("cursor")
	if text == "" {
		return shop.QueueCursor{}
	}
	place, ok := parseTextCursor(list, text)
	cursor, err := shop.ParseQueueCursor(place)
	if !ok || err != nil {
		q.refuse("cursor", notACursor)
	}
	return cursor
}

// GetFulfillment (GET /fulfillments/{id}) is one parcel, whatever became of it.
func (a *API) GetFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	ref, err := pathParcel(r)
	if err != nil {
		return answer{}, err
	}
	return a.parcelAnswer(r, key, ref, false)
}

// parcelAnswer answers with a parcel as it is now.
func (a *API) parcelAnswer(r *http.Request, key shop.APIKey, ref shop.ParcelRef, replayed bool) (answer, error) {
	row, clock, err := a.Store.QueueParcel(r.Context(), key.Scope(), ref)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: parcelWriter(clock)(row), replayed: replayed}, nil
}

// workerView is somebody who can hold parcels.
type workerView struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// ListWorkers (GET /workers) lists who works on the parcels of a merchant.
func (a *API) ListWorkers(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	merchant := q.merchant(key)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	workers, err := a.Store.Colleagues(r.Context(), merchant)
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(workers, "", func(c shop.Colleague) workerView { return workerView(c) })), nil
}
