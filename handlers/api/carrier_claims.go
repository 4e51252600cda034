package api

import (
	"net/http"

	"waybill/shop"
	"waybill/views/urls"
)

const carrierClaimsList = "carrier-claims" // names the cursors of GET /carrier-claims

// carrierClaimView is what a merchant wants from a carrier for a box.
type carrierClaimView struct {
	ID             int64            `json:"id"`
	MerchantID     int64            `json:"merchantId"`
	ShipmentID     int64            `json:"shipmentId"`
	Status         shop.ClaimStatus `json:"status"`
	Problem        *string          `json:"problem"`
	Carrier        string           `json:"carrier"`
	TrackingNumber *string          `json:"trackingNumber"`
	Amount         decimal          `json:"amount"`
	PaidAmount     decimal          `json:"paidAmount"`
	Currency       shop.Currency    `json:"currency"`
	Reference      *string          `json:"reference"`
	Note           *string          `json:"note"`
	OpenedAt       stamp            `json:"openedAt"`
	OpenedBy       string           `json:"openedBy"`
	DecidedAt      stamp            `json:"decidedAt"`
	DecidedBy      *string          `json:"decidedBy"`
}

func viewCarrierClaim(c shop.CarrierClaim) carrierClaimView {
	return carrierClaimView{
		ID: c.ID, MerchantID: c.MerchantID, ShipmentID: c.ShipmentID, Status: c.Status, Problem: orNull(c.Problem), Carrier: c.Carrier, TrackingNumber: orNull(c.TrackingNumber),
		Amount: decimalOf(c.Amount), PaidAmount: decimalOf(c.Paid), Currency: c.Amount.Currency, Reference: orNull(c.Reference), Note: orNull(c.Note),
		OpenedAt: stampOf(c.OpenedAt), OpenedBy: c.OpenedBy, DecidedAt: stampOf(c.DecidedAt), DecidedBy: orNull(c.DecidedBy),
	}
}

// claimFields are the fields of bodies by the names that the pages have for them.
var claimFields = map[string]string{"paid": "paidAmount", "status": "outcome"}

// OpenCarrierClaim (POST /shipments/{id}/claims) claims an amount from the carrier of a box.
func (a *API) OpenCarrierClaim(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct{ Amount, Reference string }
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "amount":
			body.Amount = b.decimal()
		case "reference":
			body.Reference = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	shipment, err := a.pathShipment(r, key)
	if err != nil {
		return answer{}, err
	}
	amount, err := shop.ParseAmount(body.Amount, shipment.Cost.Currency)
	if err != nil {
		return answer{}, asField("amount", err)
	}
	work, err := a.shipmentWork(r, key, []int64{shipment.ID}, body)
	if err != nil {
		return answer{}, err
	}
	claim, err := a.Store.OpenClaim(r.Context(), shop.OpenClaimCommand{
		MerchantID: work.MerchantID, ShipmentID: shipment.ID, AmountMinor: amount.Minor, Reference: body.Reference, Actor: work.Actor, RequestID: work.RequestID, Key: work.Key,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewCarrierClaim(claim), replayed: claim.Replayed, location: urls.APICarrierClaim(claim.ID)}, nil
}

// ListCarrierClaims (GET /carrier-claims) lists what a merchant claimed from carriers, newest first.
func (a *API) ListCarrierClaims(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.ClaimQuery{
		MerchantID: q.merchant(key), Status: oneOf(q, "status", shop.ClaimOpen, shop.ClaimStatuses()...), Limit: q.limit(), Before: q.cursor(carrierClaimsList),
	}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	page, err := a.Store.ClaimPage(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(carrierClaimsList, page.Claims, page.More, func(c shop.CarrierClaim) int64 { return c.ID })
	return ok(listOf(page.Claims, next, viewCarrierClaim)), nil
}

// GetCarrierClaim (GET /carrier-claims/{id}) is one claim.
func (a *API) GetCarrierClaim(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	claim, err := a.pathClaim(r, key)
	return ok(viewCarrierClaim(claim)), err
}

func (a *API) pathClaim(r *http.Request, key shop.APIKey) (shop.CarrierClaim, error) {
	id, err := pathID(r, "id", "claim")
	if err != nil {
		return shop.CarrierClaim{}, err
	}
	return a.Store.ClaimByID(r.Context(), key.MerchantID, id)
}

// decisionRequest is the body of POST /carrier-claims/{id}/decision.
type decisionRequest struct {
	Outcome, Paid, Reference, Note string
}

func (d *decisionRequest) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "outcome":
			d.Outcome = b.text()
		case "paidAmount":
			d.Paid = b.optionalDecimal()
		case "reference":
			d.Reference = b.optionalText()
		case "note":
			d.Note = b.optionalText()
		default:
			return false
		}
		return true
	})
}

// DecideCarrierClaim (POST /carrier-claims/{id}/decision) says what the carrier decided.
func (a *API) DecideCarrierClaim(r *http.Request, key shop.APIKey) (answer, error) {
	var body decisionRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	claim, err := a.pathClaim(r, key)
	if err != nil {
		return answer{}, err
	}
	command := shop.DecideClaimCommand{MerchantID: claim.MerchantID, ClaimID: claim.ID, Status: shop.ClaimStatus(body.Outcome), Reference: body.Reference, Note: body.Note}
	if body.Paid != "" {
		paid, err := shop.ParseAmount(body.Paid, claim.Amount.Currency)
		if err != nil {
			return answer{}, asField("paidAmount", err)
		}
		command.PaidMinor = paid.Minor
	}
	work, err := a.shipmentWork(r, key, []int64{claim.ShipmentID}, body)
	if err != nil {
		return answer{}, err
	}
	command.Actor, command.RequestID, command.Key = work.Actor, work.RequestID, work.Key
	decided, err := a.Store.DecideClaim(r.Context(), command)
	if err != nil {
		return answer{}, itemFields(err, nil, claimFields)
	}
	return answer{status: http.StatusOK, body: viewCarrierClaim(decided), replayed: decided.Replayed}, nil
}
