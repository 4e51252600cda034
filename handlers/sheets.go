package handlers

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"waybill/adapters/labels"
	"waybill/shop"
)

// Papers for whoever may see what is on them: pages and programs print the same.

// ShipmentLabel prints the address label of a box. Before its carrier has answered there is none.
func (h *Handlers) ShipmentLabel(ctx context.Context, scope shop.OrderScope, shipmentID int64, size string) ([]byte, error) {
	format, err := labels.ParseSize(size)
	if err != nil {
		return nil, err
	}
	_, orders, parcels, err := h.printedShipment(ctx, scope, shipmentID)
	if err != nil {
		return nil, err
	}
	label, err := labelOf(orders[0], parcels[0])
	if err != nil {
		return nil, err
	}
	return labels.Labels(format, h.Store.Now(), []labels.Label{label})
}

// ShipmentSlips prints the packing slips of everything in a box.
func (h *Handlers) ShipmentSlips(ctx context.Context, scope shop.OrderScope, shipmentID int64, paper string) ([]byte, error) {
	shipment, orders, parcels, err := h.printedShipment(ctx, scope, shipmentID)
	if err != nil {
		return nil, err
	}
	sheet, err := labels.ParsePaper(cmp.Or(paper, string(labels.PaperFor(shipment.ShipTo.Country))))
	if err != nil {
		return nil, err
	}
	all := make([]labels.Slip, len(parcels))
	for i := range parcels {
		all[i] = slipOf(orders[i], parcels[i])
	}
	return labels.Slips(sheet, h.Store.Now(), all)
}

// printedShipment is a shipment with a label, and what is inside.
func (h *Handlers) printedShipment(ctx context.Context, scope shop.OrderScope, id int64) (shop.Shipment, []shop.OrderDetail, []shop.Fulfillment, error) {
	shipment, err := h.Store.ShipmentByID(ctx, scope.MerchantID, id)
	if err != nil {
		return shipment, nil, nil, err
	}
	if shipment.Status != shop.ShipmentReady && !shipment.Status.Left() {
		return shipment, nil, nil, shop.Conflict("Shipment " + strconv.FormatInt(id, 10) + " has no label: it is " + string(shipment.Status) + ".")
	}
	orders, parcels, err := h.contents(ctx, scope, shipment)
	if err == nil && len(parcels) == 0 {
		err = shop.Conflict("Shipment " + strconv.FormatInt(id, 10) + " holds nothing that could be printed.")
	}
	return shipment, orders, parcels, err
}

// ManifestSheet prints what a carrier took along in one go.
func (h *Handlers) ManifestSheet(ctx context.Context, scope shop.OrderScope, id int64, paper string) ([]byte, error) {
	sheet, err := labels.ParsePaper(paper)
	if err != nil {
		return nil, err
	}
	m, err := h.Store.ManifestByID(ctx, scope.MerchantID, id)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		zone = time.UTC
	}
	printed := labels.Manifest{Merchant: m.Merchant, Carrier: m.Carrier, Number: fmt.Sprintf("M-%d", m.ID), ClosedAt: m.ClosedAt, ClosedBy: m.ClosedBy, Zone: zone}
	for _, s := range m.Shipments {
		row := labels.ManifestRow{Tracking: cmp.Or(s.TrackingNumber, "none"), Orders: s.Reference(), To: s.ShipTo.Name + ", " + s.ShipTo.City + ", " + s.ShipTo.Country}
		if s.WeightGrams > 0 {
			row.Weight = shop.Kilograms(s.WeightGrams) + " kg"
		}
		printed.Rows = append(printed.Rows, row)
	}
	return printed.Print(sheet)
}

// returnTo is where returns go: as the merchant wrote it down, else where its parcels come from.
func returnTo(order shop.OrderDetail, policy shop.ReturnPolicy) shop.Address {
	if policy.Address == "" && order.Sender.Line1 != "" {
		return order.Sender
	}
	return returnAddress(order.MerchantName, policy.Address)
}

// ReturnSheet prints the label to send a return with.
func (h *Handlers) ReturnSheet(ctx context.Context, scope shop.OrderScope, id shop.ReturnID) ([]byte, error) {
	order, found, err := h.Store.ReturnByID(ctx, id, scope)
	if err != nil {
		return nil, err
	}
	if found.Status != shop.ReturnApproved && found.Status != shop.ReturnInTransit {
		return nil, shop.Conflict("There is a label once the return is approved, and until it has arrived.")
	}
	policy, err := h.Store.ReturnPolicy(ctx, found.MerchantID)
	if err != nil {
		return nil, err
	}
	return labels.Labels(labels.Size4x6, h.Store.Now(), []labels.Label{{
		Heading: "RETURN", From: labels.AddressLines(order.ShipTo), To: returnTo(order, policy),
		Code: found.ID.Number(), QR: found.ID.Number(), Notes: []string{"Return " + found.ID.Number(), "Order " + order.ID.Number()},
	}})
}
