package api

import (
	"net/http"

	"waybill/shop"
)

// GetPayment (GET /payments/{id}) is one payment with its refunds.
func (a *API) GetPayment(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "payment")
	if err != nil {
		return answer{}, err
	}
	payment, refunds, err := a.Store.PaymentByID(r.Context(), id, key.Scope())
	if err != nil {
		return answer{}, err
	}
	return ok(paymentWithRefunds{viewPayment(payment), each(refunds, viewRefund)}), nil
}

type paymentWithRefunds struct {
	paymentView
	Refunds []refundView `json:"refunds"`
}

// paymentView is one attempt to pay an order.
type paymentView struct {
	PaymentID      int64              `json:"paymentId"`
	OrderID        shop.OrderID       `json:"orderId"`
	OrderNumber    string             `json:"orderNumber"`
	Status         shop.PaymentStatus `json:"status"`
	Provider       *string            `json:"provider"`
	ProviderRef    *string            `json:"providerRef"`
	Method         *string            `json:"method"`
	CardLast4      *string            `json:"cardLast4"`
	Installments   int                `json:"installments"`
	Currency       shop.Currency      `json:"currency"`
	Amount         decimal            `json:"amount"`
	CapturedAmount decimal            `json:"capturedAmount"`
	RefundedAmount decimal            `json:"refundedAmount"`
	Failure        *string            `json:"failure"`
	CreatedAt      stamp              `json:"createdAt"`
	StatusAt       stamp              `json:"statusAt"`
	CapturedAt     stamp              `json:"capturedAt"`
}

func viewPayment(p shop.Payment) paymentView {
	money := func(minor int64) decimal { return decimalOf(shop.Amount{Minor: minor, Currency: p.Currency}) }
	return paymentView{
		PaymentID: p.ID, OrderID: p.OrderID, OrderNumber: p.OrderID.Number(), Status: p.Status, Provider: orNull(p.Provider),
		ProviderRef: orNull(p.ProviderRef), Method: orNull(p.Method), CardLast4: orNull(p.CardLast4), Installments: p.Installments,
		Currency: p.Currency, Amount: money(p.AmountMinor), CapturedAmount: money(p.CapturedMinor), RefundedAmount: money(p.RefundedMinor),
		Failure: orNull(p.Failure), CreatedAt: stampOf(p.CreatedAt), StatusAt: stampOf(p.StatusAt), CapturedAt: stampOf(p.CapturedAt),
	}
}

// refundView is money on its way back, or back already.
type refundView struct {
	RefundID    int64         `json:"refundId"`
	PaymentID   int64         `json:"paymentId"`
	OrderID     shop.OrderID  `json:"orderId"`
	Status      string        `json:"status"`
	Currency    shop.Currency `json:"currency"`
	Amount      decimal       `json:"amount"`
	Reason      *string       `json:"reason"`
	ProviderRef *string       `json:"providerRef"`
	Failure     *string       `json:"failure"`
	CreatedAt   stamp         `json:"createdAt"`
	StatusAt    stamp         `json:"statusAt"`
}

func viewRefund(r shop.Refund) refundView {
	return refundView{
		RefundID: r.ID, PaymentID: r.PaymentID, OrderID: r.OrderID, Status: r.Status, Currency: r.Currency,
		Amount: decimalOf(shop.Amount{Minor: r.AmountMinor, Currency: r.Currency}), Reason: orNull(r.Reason), ProviderRef: orNull(r.ProviderRef),
		Failure: orNull(r.Failure), CreatedAt: stampOf(r.CreatedAt), StatusAt: stampOf(r.StatusAt),
	}
}
