package api

import (
	"net/http"

	"waybill/shop"
)

// unitsRequest is a body about units of a parcel's lines.
type unitsRequest struct {
	All         bool
	Items       []shop.PickedLine
	ByHand      string
	BoxID       int64
	WeightGrams int64
}

func readUnits(r *http.Request, fields ...string) (unitsRequest, error) {
	var body unitsRequest
	allowed := map[string]bool{}
	for _, field := range fields {
		allowed[field] = true
	}
	err := readOptionalBody(r, func(b *bodyReader, name string) bool {
		switch {
		case !allowed[name]:
			return false
		case name == "all":
			body.All = b.boolean()
		case name == "items":
			for _, u := range b.lineUnits(name) {
				body.Items = append(body.Items, shop.PickedLine(u))
			}
		case name == "byHandReason":
			body.ByHand = b.optionalText()
		case name == "boxId":
			body.BoxID = b.optionalInteger()
		case name == "weightGrams":
			body.WeightGrams = b.optionalInteger()
		}
		return true
	})
	return body, err
}

// unitsFields are the names of the forms in which the pages ask for the same.
var unitsFields = map[string]string{"by_hand": "byHandReason", "units": "items", "box": "boxId", "weight": "weightGrams"}

// PickFulfillment (POST /fulfillments/{id}/pick) says what is off the shelf by now.
func (a *API) PickFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	body, err := readUnits(r, "all", "items", "byHandReason")
	if err != nil {
		return answer{}, err
	}
	got, err := a.workOnParcel(r, key, body, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		if body.All == (len(body.Items) > 0) {
			return shop.ParcelResult{}, shop.Invalid("items", "Name the lines with how many units of each are picked by now, or send all: true.")
		}
		work.ByHand = body.ByHand
		return a.Store.PickFulfillment(r.Context(), shop.PickCommand{ParcelWork: work, All: body.All, Lines: body.Items})
	})
	return got, itemFields(err, body.Items, unitsFields)
}

// PackFulfillment (POST /fulfillments/{id}/pack) seals a parcel, with all or some of what was picked.
func (a *API) PackFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	body, err := readUnits(r, "items", "byHandReason", "boxId", "weightGrams")
	if err != nil {
		return answer{}, err
	}
	got, err := a.workOnParcel(r, key, body, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		work.ByHand = body.ByHand
		return a.Store.PackParcel(r.Context(), shop.PackCommand{ParcelWork: work, BoxID: body.BoxID, WeightGrams: body.WeightGrams, Lines: body.Items})
	})
	return got, itemFields(err, body.Items, unitsFields)
}

// ShipFulfillment (POST /fulfillments/{id}/ship) gives a packed parcel to a carrier with a label from elsewhere, for good.
func (a *API) ShipFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct{ Carrier, TrackingNumber string }
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "carrier":
			body.Carrier = b.text()
		case "trackingNumber":
			body.TrackingNumber = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	got, err := a.workOnParcel(r, key, body, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.ShipFulfillment(r.Context(), shop.ShipCommand{ParcelWork: work, Carrier: body.Carrier, TrackingNumber: body.TrackingNumber})
	})
	return got, itemFields(err, nil, map[string]string{"tracking": "trackingNumber"})
}

// shortRequest is the body of POST /fulfillments/{id}/short-picks.
type shortRequest struct {
	LineNo     int64
	Quantity   int64
	Why        string
	Outcome    string
	LocationID int64
}

func (s *shortRequest) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "lineNo":
			s.LineNo = b.integer()
		case "quantity":
			s.Quantity = b.integer()
		case "why":
			s.Why = b.text()
		case "outcome":
			s.Outcome = b.text()
		case "locationId":
			s.LocationID = b.optionalInteger()
		default:
			return false
		}
		return true
	})
}

// ShortPick (POST /fulfillments/{id}/short-picks) takes units that are missing or damaged out of a parcel.
func (a *API) ShortPick(r *http.Request, key shop.APIKey) (answer, error) {
	var body shortRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	got, err := a.workOnParcel(r, key, body, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		prepared, err := a.Payments.ShortPick(r.Context(), shop.ShortPickCommand{
			ParcelWork: work, LineNo: int(body.LineNo), Quantity: body.Quantity, Why: shop.ShortReason(body.Why), Choice: shop.ShortChoice(body.Outcome),
			LocationID: body.LocationID, Key: work.Key,
		})
		return shop.ParcelResult{Replayed: prepared.Replayed}, err
	})
	return got, itemFields(err, nil, map[string]string{"choice": "outcome", "line": "lineNo"})
}

// scanView is what is said to a scan.
type scanView struct {
	Result      string     `json:"result"`
	Title       string     `json:"title"`
	Text        string     `json:"text"`
	Bin         *string    `json:"bin"`
	Fulfillment parcelView `json:"fulfillment"`
}

// scanRequest is the body of POST /fulfillments/{id}/scans.
type scanRequest struct{ Code, Step, Bin string }

// ScanFulfillment (POST /fulfillments/{id}/scans) says what a scanned code means for a parcel, and counts a right unit.
func (a *API) ScanFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	var body scanRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "code":
			body.Code = b.text()
		case "step":
			body.Step = b.text()
		case "bin":
			body.Bin = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	work, err := a.parcelWork(r, key, body)
	if err != nil {
		return answer{}, err
	}
	if step := shop.ScanStep(body.Step); step != shop.ScanPick && step != shop.ScanPack {
		return answer{}, shop.Invalid("step", "The step must be pick or pack.")
	}
	said, err := a.Store.Scan(r.Context(), shop.ScanCommand{
		MerchantID: work.MerchantID, Actor: work.Actor, RequestID: work.RequestID, Key: work.Key, Code: body.Code, Step: shop.ScanStep(body.Step), Parcel: work.Ref(), At: body.Bin,
	})
	if err != nil {
		return answer{}, err
	}
	row, clock, err := a.Store.QueueParcel(r.Context(), key.Scope(), work.Ref())
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: scanView{string(said.Tone), said.Title, said.Text, orNull(said.At), parcelWriter(clock)(row)}, replayed: said.Replayed}, nil
}
