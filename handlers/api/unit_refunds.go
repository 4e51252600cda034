package api

import (
	"fmt"
	"net/http"

	"waybill/shop"
)

// maxRefundItems bounds the lines of one refund; an order has fewer.
const maxRefundItems = 100

// unitRefundRequest is the body of POST /orders/{id}/refunds.
type unitRefundRequest struct {
	Items    []shop.LineUnits
	Shipping string // as written; empty: none
	Reason   string
}

// RefundUnits (POST /orders/{id}/refunds) gives back what exactly some units of an order cost.
func (a *API) RefundUnits(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	body, err := readUnitRefundRequest(r)
	if err != nil {
		return answer{}, err
	}
	command := shop.RefundUnitsCommand{
		OrderID: id, Scope: key.Scope(), Units: body.Items, Cause: shop.CauseRequest, Reason: body.Reason, Actor: key.Actor(), RequestID: requestID(r),
	}
	shipping, err := a.orderMinor(r.Context(), id, key.Scope(), body.Shipping)
	if err != nil {
		return answer{}, asField("shippingAmount", err)
	}
	if shipping != nil {
		command.ShippingMinor = *shipping
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	result, err := a.Payments.RefundUnits(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	return answer{status: settled(http.StatusCreated, inFlight(result.State())), body: viewUnitRefund(result), replayed: result.Replayed}, nil
}

func readUnitRefundRequest(r *http.Request) (unitRefundRequest, error) {
	var q unitRefundRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "items":
			q.Items = b.lineUnits("items")
		case "shippingAmount":
			q.Shipping = b.optionalDecimal()
		case "reason":
			q.Reason = b.optionalText()
		default:
			return false
		}
		return true
	})
	return q, err
}

// lineUnits reads a list of lines and how many units of them.
func (b *bodyReader) lineUnits(field string) []shop.LineUnits {
	var units []shop.LineUnits
	length := b.array(maxRefundItems, func(int) {
		var u shop.LineUnits
		b.object(func(b *bodyReader, name string) bool {
			switch name {
			case "lineNo":
				u.LineNo = int(b.integer())
			case "quantity":
				u.Quantity = b.integer()
			default:
				return false
			}
			return true
		})
		units = append(units, u)
	})
	if length > maxRefundItems {
		b.refuse(field, fmt.Sprintf("At most %d lines can be named at once.", maxRefundItems))
	}
	return units
}

// unitRefundView is money that goes back for exact units.
type unitRefundView struct {
	UnitRefundID   int64              `json:"unitRefundId"`
	OrderID        shop.OrderID       `json:"orderId"`
	OrderStatus    shop.Status        `json:"orderStatus"`
	Status         string             `json:"status"`
	Failure        *string            `json:"failure"`
	Currency       shop.Currency      `json:"currency"`
	Amount         decimal            `json:"amount"`
	ShippingAmount decimal            `json:"shippingAmount"`
	WithheldAmount decimal            `json:"withheldAmount"`
	Reason         *string            `json:"reason"`
	CreatedAt      stamp              `json:"createdAt"`
	Items          []refundedItemView `json:"items"`
	Refunds        []refundView       `json:"refunds"`
}

type refundedItemView struct {
	LineNo         int     `json:"lineNo"`
	Quantity       int64   `json:"quantity"`
	Subtotal       decimal `json:"subtotal"`
	DiscountAmount decimal `json:"discountAmount"`
	TaxAmount      decimal `json:"taxAmount"`
	TotalAmount    decimal `json:"totalAmount"`
}

func viewUnitRefund(result shop.UnitRefundResult) unitRefundView {
	u := result.Refund
	money := func(minor int64) decimal { return decimalOf(shop.Amount{Minor: minor, Currency: u.Currency}) }
	return unitRefundView{
		UnitRefundID: u.ID, OrderID: u.OrderID, OrderStatus: result.OrderStatus, Status: result.State(), Failure: orNull(result.Failure()), Currency: u.Currency,
		Amount: money(u.AmountMinor), ShippingAmount: money(u.ShippingMinor), WithheldAmount: money(u.WithheldMinor), Reason: orNull(u.Reason), CreatedAt: stampOf(u.CreatedAt),
		Items: each(u.Lines, func(l shop.RefundedLine) refundedItemView {
			return refundedItemView{l.LineNo, l.Quantity, money(l.NetMinor), money(l.DiscountMinor), money(l.TaxMinor), money(l.TotalMinor)}
		}),
		Refunds: each(result.Payouts, viewRefund),
	}
}
