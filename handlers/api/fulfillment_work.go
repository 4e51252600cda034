package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"waybill/shop"
)

// workerHeader names the person for whom a program works on a parcel. Only people hold parcels, so that everybody sees who
// has what; a program is the tool in their hand.
const workerHeader = "Waybill-Worker"

// workerOf is the id of the person that a request names.
func workerOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimSpace(r.Header.Get(workerHeader)), 10, 64)
	if err != nil || id <= 0 || len(r.Header.Values(workerHeader)) > 1 {
		return 0, shop.Invalid(workerHeader, "Name the person who does this: an id of GET /workers.")
	}
	return id, nil
}

// asWorker says which header is meant when the worker is refused.
func asWorker(err error) error { return asField(workerHeader, err) }

// via is the key as the tool of a worker.
func via(key shop.APIKey) string { return "API key " + key.Name }

// parcelWork is what somebody does to the parcel in the address. A parcel that the key may not see does not exist, whoever
// is named.
func (a *API) parcelWork(r *http.Request, key shop.APIKey, body any) (shop.ParcelWork, error) {
	ref, err := pathParcel(r)
	if err != nil {
		return shop.ParcelWork{}, err
	}
	worker, unnamed := workerOf(r)
	work, err := a.Store.WorkOn(r.Context(), key.Scope(), ref, worker)
	switch {
	case shop.CodeOf(err) == shop.CodeInvalid && unnamed != nil:
		return work, unnamed
	case err != nil:
		return work, asWorker(err)
	}
	work.Via, work.RequestID = via(key), requestID(r)
	work.Key, err = idempotencyKey(r, key, []any{worker, body})
	return work, err
}

// workOnParcel does something to the parcel in the address, once for each idempotency key, and answers with the parcel as it
// is then.
func (a *API) workOnParcel(r *http.Request, key shop.APIKey, body any, act func(shop.ParcelWork) (shop.ParcelResult, error)) (answer, error) {
	work, err := a.parcelWork(r, key, body)
	if err != nil {
		return answer{}, err
	}
	result, err := act(work)
	if err != nil {
		return answer{}, err
	}
	return a.parcelAnswer(r, key, work.Ref(), result.Replayed)
}

// noBody reads a body without fields: nothing, or an empty object.
func noBody(r *http.Request) error {
	return readOptionalBody(r, func(*bodyReader, string) bool { return false })
}

// plainWork is work that its parcel and its worker say all about.
func (a *API) plainWork(r *http.Request, key shop.APIKey, act func(shop.ParcelWork) (shop.ParcelResult, error)) (answer, error) {
	if err := noBody(r); err != nil {
		return answer{}, err
	}
	return a.workOnParcel(r, key, nil, act)
}

// ClaimNext (POST /fulfillments/next) claims what is to be picked next.
func (a *API) ClaimNext(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct{ LocationID, MerchantID int64 }
	err := readOptionalBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "locationId":
			body.LocationID = b.optionalInteger()
		case "merchantId":
			body.MerchantID = b.optionalInteger()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	command := shop.NextCommand{LocationID: body.LocationID, Via: via(key), RequestID: requestID(r)}
	if command.MerchantID, err = merchantOf(key, body.MerchantID); err != nil {
		return answer{}, err
	}
	worker, err := workerOf(r)
	if err != nil {
		return answer{}, err
	}
	if command.Actor, err = a.Store.Worker(r.Context(), command.MerchantID, worker); err != nil {
		return answer{}, asWorker(err)
	}
	if command.Key, err = idempotencyKey(r, key, []any{worker, body}); err != nil {
		return answer{}, err
	}
	next, err := a.Store.NextFulfillment(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	return a.parcelAnswer(r, key, shop.ParcelRef{OrderID: next.OrderID, No: next.No}, next.Replayed)
}

// merchantOf is for whom something is made: the key's own merchant, or the one that the body of another key names.
func merchantOf(key shop.APIKey, named int64) (int64, error) {
	switch {
	case key.MerchantID == 0 && named <= 0:
		return 0, shop.Invalid("merchantId", "Say for which merchant: a key of this role acts for all.")
	case key.MerchantID != 0 && named != 0 && named != key.MerchantID:
		return 0, shop.Invalid("merchantId", "This key acts for its own merchant alone.")
	}
	return max(key.MerchantID, named), nil
}

// ClaimFulfillment (POST /fulfillments/{id}/claim) makes the worker the one person who picks a parcel.
func (a *API) ClaimFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.ClaimFulfillment(r.Context(), work)
	})
}

// RenewFulfillment (POST /fulfillments/{id}/renew) prolongs the worker's claim.
func (a *API) RenewFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.RenewFulfillment(r.Context(), work)
	})
}

// ReleaseFulfillment (POST /fulfillments/{id}/release) gives a parcel back to the queue.
func (a *API) ReleaseFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.ReleaseFulfillment(r.Context(), work)
	})
}

// CancelFulfillment (POST /fulfillments/{id}/cancel) gives a parcel up and has its units picked again.
func (a *API) CancelFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.CancelFulfillment(r.Context(), work)
	})
}

// UnpackFulfillment (POST /fulfillments/{id}/unpack) opens a packed parcel again.
func (a *API) UnpackFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.UnpackParcel(r.Context(), work)
	})
}

// DeliverFulfillment (POST /fulfillments/{id}/deliver) records that a shipped parcel arrived.
func (a *API) DeliverFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	return a.plainWork(r, key, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.DeliverFulfillment(r.Context(), work)
	})
}

// HandOverFulfillment (POST /fulfillments/{id}/hand-over) puts a parcel into a colleague's hands.
func (a *API) HandOverFulfillment(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct {
		To     int64
		Reason string
	}
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "toWorkerId":
			body.To = b.integer()
		case "reason":
			body.Reason = b.text()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	got, err := a.workOnParcel(r, key, body, func(work shop.ParcelWork) (shop.ParcelResult, error) {
		return a.Store.HandOverFulfillment(r.Context(), shop.HandOverCommand{ParcelWork: work, ToUserID: body.To, Reason: body.Reason})
	})
	return got, renamed(err, func(field string) string {
		if field == "colleague" {
			return "toWorkerId"
		}
		return field
	})
}

// renamed gives the refused fields of an error the names that they have in a body.
func renamed(err error, name func(field string) string) error {
	known, ok := err.(*shop.Error) //nolint:errorlint // use cases return it bare when they refuse
	if !ok || known.Code != shop.CodeInvalid {
		return err
	}
	copied := *known
	copied.Fields = make([]shop.FieldError, len(known.Fields))
	for i, f := range known.Fields {
		copied.Fields[i] = shop.FieldError{Field: name(f.Field), Message: f.Message}
	}
	return &copied
}

// itemFields names the units of lines as the list of a body does: "picked[7]" is "items[1].quantity".
func itemFields(err error, lines []shop.PickedLine, others map[string]string) error {
	return renamed(err, func(field string) string {
		for i, line := range lines {
			if strings.HasSuffix(field, "["+strconv.Itoa(line.LineNo)+"]") {
				return fmt.Sprintf("items[%d].quantity", i)
			}
		}
		if other, known := others[field]; known {
			return other
		}
		return field
	})
}
