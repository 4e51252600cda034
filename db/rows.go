package db

import (
	"encoding/json"
	"fmt"
	"time"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// From rows to the words of the business: each kind of row is turned in one place.

func orderHead(r sqlc.CustomerOrdersRow) shop.OrderHead {
	return shop.OrderHead{
		ID: shop.OrderID(r.ID), CheckoutID: shop.OrderID(r.CheckoutID), CustomerID: r.CustomerID, MerchantID: r.MerchantID, MerchantName: r.MerchantName,
		Status: shop.Status(r.Status), Currency: shop.Currency(r.Currency), SubtotalMinor: r.SubtotalMinor, TaxMinor: r.TaxMinor,
		ShippingMinor: r.ShippingMinor, DiscountMinor: r.DiscountMinor, TotalMinor: r.TotalMinor, Source: r.Source,
		ImportedWithoutLines: r.ImportedWithoutLines, PlacedAt: r.PlacedAt, StatusAt: r.StatusAt, ExpiresAt: orZero(r.ExpiresAt), CancelReason: orEmpty(r.CancelReason),
	}
}

func orderDetail(r sqlc.OrderHeadRow) shop.OrderDetail {
	detail := shop.OrderDetail{
		OrderHead: orderHead(sqlc.CustomerOrdersRow{
			ID: r.ID, CheckoutID: r.CheckoutID, CustomerID: r.CustomerID, MerchantID: r.MerchantID, Status: r.Status, Currency: r.Currency,
			SubtotalMinor: r.SubtotalMinor, TaxMinor: r.TaxMinor, ShippingMinor: r.ShippingMinor, DiscountMinor: r.DiscountMinor, TotalMinor: r.TotalMinor,
			Source: r.Source, ImportedWithoutLines: r.ImportedWithoutLines, PlacedAt: r.PlacedAt, StatusAt: r.StatusAt, ExpiresAt: r.ExpiresAt,
			CancelReason: r.CancelReason, MerchantName: r.MerchantName,
		}),
		CustomerName: r.CustomerName, CustomerEmail: r.CustomerEmail, MerchantSlug: r.MerchantSlug, MerchantZone: r.MerchantTimeZone, ExternalID: r.ExternalID, ShipService: r.ShipServiceName,
		Sender: shop.Address{
			Name: r.SenderName, Line1: r.SenderLine1, Line2: r.SenderLine2, City: r.SenderCity, Region: r.SenderRegion, PostalCode: r.SenderPostalCode, Country: r.SenderCountry,
		},
		ShipTo: shop.Address{
			ID: r.ShippingAddressID, Name: r.ToName, Line1: r.Line1, Line2: r.Line2, City: r.City, Region: r.Region,
			PostalCode: r.PostalCode, Country: r.Country, Phone: r.Phone,
		},
	}
	for _, id := range r.SiblingIds {
		detail.Siblings = append(detail.Siblings, shop.OrderID(id))
	}
	return detail
}

func eventOf(r sqlc.OrderEvent) (shop.Event, error) {
	event := shop.Event{
		OrderID: shop.OrderID(r.OrderID), Seq: int64(r.Seq), Kind: shop.EventKind(r.Kind), From: shop.Status(orEmpty(r.FromStatus)), To: shop.Status(orEmpty(r.ToStatus)),
		OccurredAt: r.OccurredAt, RecordedAt: r.RecordedAt, Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName},
		RequestID: r.RequestID, Visibility: shop.Visibility(r.Visibility),
	}
	if err := json.Unmarshal(r.Data, &event.Data); err != nil {
		return event, fmt.Errorf("data of event %d of order %d: %w", r.Seq, r.OrderID, err)
	}
	return event, nil
}

func paymentOf(r sqlc.Payment) shop.Payment {
	return shop.Payment{
		ID: r.ID, OrderID: shop.OrderID(r.OrderID), CheckoutID: shop.OrderID(r.CheckoutID), Status: shop.PaymentStatus(r.Status), Provider: r.Provider, Method: r.Method,
		Currency: shop.Currency(r.Currency), AmountMinor: r.AmountMinor, CapturedMinor: r.CapturedMinor, RefundedMinor: r.RefundedMinor,
		ChargeKey: orEmpty(r.ChargeKey), ProviderRef: orEmpty(r.ProviderRef), CardLast4: orEmpty(r.CardLast4), Installments: int(r.Installments),
		Failure: r.Failure, CreatedAt: r.CreatedAt, StatusAt: r.StatusAt, CapturedAt: orZero(r.CapturedAt),
	}
}

func refundOf(r sqlc.Refund) shop.Refund {
	return shop.Refund{
		ID: r.ID, OrderID: shop.OrderID(r.OrderID), PaymentID: r.PaymentID, UnitRefundID: orZeroID(r.UnitRefundID), Status: r.Status, Currency: shop.Currency(r.Currency), AmountMinor: r.AmountMinor,
		Reason: r.Reason, RefundKey: r.RefundKey, ProviderRef: orEmpty(r.ProviderRef), Failure: r.Failure, CreatedAt: r.CreatedAt, StatusAt: r.StatusAt,
	}
}

func fulfillmentOf(r sqlc.OrderFulfillmentsRow) shop.Fulfillment {
	return shop.Fulfillment{
		OrderID: shop.OrderID(r.OrderID), No: int(r.No), MerchantID: r.MerchantID, LocationID: orZeroID(r.LocationID), LocationName: r.LocationName,
		Status: shop.FulfillmentStatus(r.Status), Units: r.Units, ShipByAt: r.ShipByAt, AssignedUserID: orZeroID(r.AssignedUserID), AssignedName: r.AssignedName,
		AssignedAt: orZero(r.AssignedAt), Carrier: orEmpty(r.Carrier), TrackingNumber: orEmpty(r.TrackingNumber), PackedAt: orZero(r.PackedAt), UnpackUntil: orZero(r.UnpackUntilAt),
		ShippedAt: orZero(r.ShippedAt), DeliveredAt: orZero(r.DeliveredAt), StatusAt: r.StatusAt,
		LeasedUntil: orZero(r.LeasedUntil), LapsedUserID: orZeroID(r.LapsedUserID), LapsedName: r.LapsedName, LapsedAt: orZero(r.LapsedAt),
		BoxID: orZeroID(r.BoxID), WeightGrams: orZeroID(r.WeightGrams), ShipmentID: orZeroID(r.ShipmentID), ReplacesNo: int(orZeroNumber(r.ReplacesNo)), GivenUpAt: orZero(r.GivenUpAt),
	}
}

// orEmpty is the text behind a nullable column, empty for NULL.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// orZeroNumber is the number behind a nullable column, zero for NULL.
func orZeroNumber(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

// orZeroID is the id behind a nullable column, zero for NULL.
func orZeroID(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}

// orNull is a nullable column's value of a time that may be zero.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orNullText is a nullable column's value of a text that may be empty.
func orNullText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// orNullID is a nullable column's value of an id that may be zero.
func orNullID(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}
