package api

import (
	"net/http"

	"waybill/shop"
)

// Payment (GET /payments/{id}) is one payment with its refunds.
func (a *API) Payment(r *http.Request, key shop.APIKey) (answer, error) {
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
	return ok(paymentWithRefunds{viewPayment(payment), views(refunds, viewRefund)}), nil
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
	Provider       orNull             `json:"provider"`
	ProviderRef    orNull             `json:"providerRef"`
	Method         orNull             `json:"method"`
	CardLast4      orNull             `json:"cardLast4"`
	Installments   int                `json:"installments"`
	Currency       shop.Currency      `json:"currency"`
	Amount         decimal            `json:"amount"`
	CapturedAmount decimal            `json:"capturedAmount"`
	RefundedAmount decimal            `json:"refundedAmount"`
	Failure        orNull             `json:"failure"`
	CreatedAt      stamp              `json:"createdAt"`
	StatusAt       stamp              `json:"statusAt"`
	CapturedAt     stamp              `json:"capturedAt"`
}

func viewPayment(p shop.Payment) paymentView {
	money := func(minor int64) decimal { return decimal{Minor: minor, Currency: p.Currency} }
	return paymentView{
		PaymentID: p.ID, OrderID: p.OrderID, OrderNumber: p.OrderID.Number(), Status: p.Status, Provider: orNull(p.Provider),
		ProviderRef: orNull(p.ProviderRef), Method: orNull(p.Method), CardLast4: orNull(p.CardLast4), Installments: p.Installments,
		Currency: p.Currency, Amount: money(p.AmountMinor), CapturedAmount: money(p.CapturedMinor), RefundedAmount: money(p.RefundedMinor),
		Failure: orNull(p.Failure), CreatedAt: stamp(p.CreatedAt), StatusAt: stamp(p.StatusAt), CapturedAt: stamp(p.CapturedAt),
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
	Reason      orNull        `json:"reason"`
	ProviderRef orNull        `json:"providerRef"`
	Failure     orNull        `json:"failure"`
	CreatedAt   stamp         `json:"createdAt"`
	StatusAt    stamp         `json:"statusAt"`
}

func viewRefund(r shop.Refund) refundView {
	return refundView{
		RefundID: r.ID, PaymentID: r.PaymentID, OrderID: r.OrderID, Status: r.Status, Currency: r.Currency,
		Amount: decimal{Minor: r.AmountMinor, Currency: r.Currency}, Reason: orNull(r.Reason), ProviderRef: orNull(r.ProviderRef),
		Failure: orNull(r.Failure), CreatedAt: stamp(r.CreatedAt), StatusAt: stamp(r.StatusAt),
	}
}
