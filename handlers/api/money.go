package api

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"

	"waybill/shop"
	"waybill/views/urls"
)

const maxPaymentMethod = 255 // characters of a provider's token

// These endpoints move money. Each answers what became of it as far as the provider has said: 202 means that it has not
// said yet, and that the outcome will be settled in the background.

// payRequest is the body of POST /orders/{id}/payments.
type payRequest struct {
	Method    string
	Provider  string
	Amount    string // as written; empty: all that is left
	Authorize bool
}

// PayOrder (POST /orders/{id}/payments) makes one attempt to pay an order.
func (a *API) PayOrder(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	body, err := readPayRequest(r)
	if err != nil {
		return answer{}, err
	}
	command := shop.PayCommand{
		OrderID: id, Scope: key.Scope(), Provider: body.Provider, Method: body.Method, Authorize: body.Authorize, Actor: key.Actor(), RequestID: requestID(r),
	}
	if command.AmountMinor, err = a.orderMinor(r.Context(), id, key.Scope(), body.Amount); err != nil {
		return answer{}, err
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	attempt, err := a.Payments.Pay(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	part := partOf(attempt, id)
	made := paymentMade{viewPayment(part.Payment), part.OrderStatus}
	return answer{status: settled(http.StatusCreated, attempt.Status().InFlight()), body: made, replayed: attempt.Replayed, location: urls.APIPayment(part.ID)}, nil
}

// partOf is the payment of one order in an attempt; one that pays a whole checkout has one for each of its orders.
func partOf(attempt shop.PaymentAttempt, id shop.OrderID) shop.PaymentPart {
	for _, part := range attempt.Parts {
		if part.OrderID == id {
			return part
		}
	}
	return shop.PaymentPart{}
}

type paymentMade struct {
	paymentView
	OrderStatus shop.Status `json:"orderStatus"`
}

func readPayRequest(r *http.Request) (payRequest, error) {
	var p payRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "method":
			p.Method = b.optionalText()
			if utf8.RuneCountInString(p.Method) > maxPaymentMethod {
				b.note(fmt.Sprintf("The method can have at most %d characters.", maxPaymentMethod))
			}
		case "provider":
			p.Provider = b.optionalText()
		case "amount":
			p.Amount = b.optionalDecimal()
		case "authorizeOnly":
			p.Authorize = b.boolean()
		default:
			return false
		}
		return true
	})
	return p, err
}

// moneyRequest is the body of captures and refunds. Captures have no reason.
type moneyRequest struct {
	Amount string // as written; empty: all
	Reason string
}

func readMoneyRequest(r *http.Request, withReason bool) (moneyRequest, error) {
	var m moneyRequest
	err := readOptionalBody(r, func(b *bodyReader, name string) bool {
		switch {
		case name == "amount":
			m.Amount = b.optionalDecimal()
		case name == "reason" && withReason:
			m.Reason = b.optionalText()
		default:
			return false
		}
		return true
	})
	return m, err
}

// CapturePayment (POST /payments/{id}/capture) takes money that a payment holds.
func (a *API) CapturePayment(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathID(r, "id", "payment")
	if err != nil {
		return answer{}, err
	}
	body, err := readMoneyRequest(r, false)
	if err != nil {
		return answer{}, err
	}
	command := shop.CaptureCommand{PaymentID: id, Scope: key.Scope(), Actor: key.Actor(), RequestID: requestID(r)}
	if command.AmountMinor, err = a.paymentMinor(r.Context(), id, key.Scope(), body.Amount); err != nil {
		return answer{}, err
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	result, err := a.Payments.Capture(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	op := result.Operation
	captured := captureMade{
		paymentView: viewPayment(result.Payment), OrderStatus: result.OrderStatus,
		Capture: operationView{Status: op.Status, Amount: decimalOf(op.Amount), Failure: orNull(op.Failure)},
	}
	return answer{status: settled(http.StatusOK, inFlight(op.Status)), body: captured, replayed: result.Replayed}, nil
}

type captureMade struct {
	paymentView
	OrderStatus shop.Status   `json:"orderStatus"`
	Capture     operationView `json:"capture"`
}

type operationView struct {
	Status  string  `json:"status"`
	Amount  decimal `json:"amount"`
	Failure *string `json:"failure"`
}

// RefundPayment (POST /payments/{id}/refunds) gives money of a payment back.
func (a *API) RefundPayment(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathID(r, "id", "payment")
	if err != nil {
		return answer{}, err
	}
	body, err := readMoneyRequest(r, true)
	if err != nil {
		return answer{}, err
	}
	command := shop.RefundCommand{PaymentID: id, Scope: key.Scope(), Reason: body.Reason, Actor: key.Actor(), RequestID: requestID(r)}
	if command.AmountMinor, err = a.paymentMinor(r.Context(), id, key.Scope(), body.Amount); err != nil {
		return answer{}, err
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	result, err := a.Payments.Refund(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	refund := result.Refunds[0] // of one payment there is one
	made := refundMade{viewRefund(refund), result.OrderStatus}
	return answer{status: settled(http.StatusCreated, inFlight(refund.Status)), body: made, replayed: result.Replayed}, nil
}

type refundMade struct {
	refundView
	OrderStatus shop.Status `json:"orderStatus"`
}

// cancelRequest is the body of POST /orders/{id}/cancel.
type cancelRequest struct{ Reason string }

// CancelOrder (POST /orders/{id}/cancel) ends an order: its stock goes back on sale and its money back to the buyer.
func (a *API) CancelOrder(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	var body cancelRequest
	err = readOptionalBody(r, func(b *bodyReader, name string) bool {
		if name != "reason" {
			return false
		}
		body.Reason = b.optionalText()
		return true
	})
	if err != nil {
		return answer{}, err
	}
	command := shop.CancelCommand{OrderID: id, Scope: key.Scope(), Actor: key.Actor(), Reason: body.Reason, RequestID: requestID(r)}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	result, err := a.Orders.Cancel(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	cancelled := orderCancelled{OrderID: result.OrderID, OrderNumber: result.OrderID.Number(), Status: result.Status, Refunds: each(result.Refunds, viewRefund)}
	return answer{status: http.StatusOK, body: cancelled, replayed: result.Replayed}, nil
}

type orderCancelled struct {
	OrderID     shop.OrderID `json:"orderId"`
	OrderNumber string       `json:"orderNumber"`
	Status      shop.Status  `json:"status"`
	Refunds     []refundView `json:"refunds"`
}

// orderMinor reads an amount in the currency of an order, which is only looked up when there is an amount; nil when there
// is none.
func (a *API) orderMinor(ctx context.Context, id shop.OrderID, scope shop.OrderScope, written string) (*int64, error) {
	if written == "" {
		return nil, nil
	}
	order, err := a.Store.OrderByID(ctx, id, scope)
	if err != nil {
		return nil, err
	}
	return minorOf(written, order.Currency)
}

// paymentMinor is orderMinor in the currency of a payment.
func (a *API) paymentMinor(ctx context.Context, id int64, scope shop.OrderScope, written string) (*int64, error) {
	if written == "" {
		return nil, nil
	}
	payment, _, err := a.Store.PaymentByID(ctx, id, scope)
	if err != nil {
		return nil, err
	}
	return minorOf(written, payment.Currency)
}

func minorOf(written string, currency shop.Currency) (*int64, error) {
	amount, err := shop.ParseAmount(written, currency)
	if err != nil {
		return nil, asField("amount", err)
	}
	return &amount.Minor, nil
}

// settled is the status of a request to a provider: 202 while it has not answered.
func settled(status int, inFlight bool) int {
	if inFlight {
		return http.StatusAccepted
	}
	return status
}

// inFlight tells whether a capture or refund has no answer yet.
func inFlight(status string) bool {
	return status == shop.RequestSending || status == shop.RequestUnknown
}
