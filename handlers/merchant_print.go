package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/adapters/labels"
	"waybill/shop"
)

// MerchantLabelPDF prints the address label of one parcel. Before it is packed there is none.
func (h *Handlers) MerchantLabelPDF(w http.ResponseWriter, r *http.Request) error {
	order, f, err := h.printedParcel(r)
	if err != nil {
		return err
	}
	size, err := labels.ParseSize(r.URL.Query().Get("size"))
	if err != nil {
		return err
	}
	label, err := labelOf(order, f)
	if err != nil {
		return err
	}
	pdf, err := labels.Labels(size, h.Store.Now(), []labels.Label{label})
	return h.printPDF(w, pdf, "label-"+order.ID.Number()+"-"+strconv.Itoa(f.No), err)
}

// MerchantSlipPDF prints the packing slip of one parcel.
func (h *Handlers) MerchantSlipPDF(w http.ResponseWriter, r *http.Request) error {
	order, f, err := h.printedParcel(r)
	if err != nil {
		return err
	}
	paper, err := labels.ParsePaper(cmp.Or(r.URL.Query().Get("paper"), string(labels.PaperFor(order.ShipTo.Country))))
	if err != nil {
		return err
	}
	pdf, err := labels.Slips(paper, h.Store.Now(), []labels.Slip{slipOf(order, f)})
	return h.printPDF(w, pdf, "slip-"+order.ID.Number()+"-"+strconv.Itoa(f.No), err)
}

// printedParcel is the parcel of the address.
func (h *Handlers) printedParcel(r *http.Request) (shop.OrderDetail, shop.Fulfillment, error) {
	no, err := parcelNumber(chi.URLParam(r, "no"))
	if err != nil {
		return shop.OrderDetail{}, shop.Fulfillment{}, err
	}
	model, err := h.merchantOrder(r)
	if err != nil {
		return shop.OrderDetail{}, shop.Fulfillment{}, err
	}
	f, err := parcelOf(model.OrderDetail, no)
	return model.OrderDetail, f, err
}

func parcelOf(order shop.OrderDetail, no int) (shop.Fulfillment, error) {
	at := slices.IndexFunc(order.Fulfillments, func(f shop.Fulfillment) bool { return f.No == no })
	if at < 0 {
		return shop.Fulfillment{}, shop.NotFound("parcel")
	}
	return order.Fulfillments[at], nil
}

// labelOf is the label of a packed parcel. Without a shipment it has the address and the order's number, for a carrier
// that puts its own label on. CodeInvalid says that it is not packed yet.
func labelOf(order shop.OrderDetail, f shop.Fulfillment) (labels.Label, error) {
	if f.PackedAt.IsZero() || f.Status == shop.FulfillmentCancelled {
		return labels.Label{}, shop.Invalid("parcel", "Parcel "+strconv.Itoa(f.No)+" of order "+order.ID.Number()+" is not packed, so it has no label yet.")
	}
	label := labels.Label{
		Heading: order.MerchantName, From: fromLines(order, f), To: order.ShipTo, Code: order.ID.Number(), QR: order.ID.Number(),
		Notes: []string{"Order " + order.ID.Number(), "parcel " + strconv.Itoa(f.No)},
	}
	if f.TrackingNumber != "" {
		label.Code, label.QR = f.TrackingNumber, f.TrackingNumber
	}
	if f.Carrier != "" {
		label.Heading = f.Carrier
	}
	label.Service = order.ShipService
	for _, s := range order.Shipments {
		if s.Holds(order.ID, f.No) {
			label.Service = cmp.Or(s.ServiceName, order.ShipService)
			label.Notes = append([]string{s.Reference()}, boxFacts(s)...)
		}
	}
	return label, nil
}

// boxFacts are what is known about a box.
func boxFacts(s shop.Shipment) []string {
	var facts []string
	if s.BoxName != "" {
		facts = append(facts, "Box "+s.BoxName)
	}
	if s.WeightGrams > 0 {
		facts = append(facts, shop.Kilograms(s.WeightGrams)+" kg")
	}
	return facts
}

func slipOf(order shop.OrderDetail, f shop.Fulfillment) labels.Slip {
	slip := labels.Slip{
		From:     strings.Join(fromLines(order, f), ", "),
		Merchant: order.MerchantName, Order: order.ID.Number(), QR: order.ID.Number(), PlacedAt: order.PlacedAt, To: order.ShipTo, Parcel: "Parcel " + strconv.Itoa(f.No),
		Facts: sentWith(order), Note: "Something missing or wrong? Open your order " + order.ID.Number() + " in the shop and tell us.",
	}
	for _, other := range order.Fulfillments {
		for _, item := range other.Items {
			at := slices.IndexFunc(order.Lines, func(l shop.OrderLine) bool { return l.LineNo == item.LineNo })
			if at < 0 || other.Status == shop.FulfillmentCancelled {
				continue
			}
			line := labels.SlipLine{SKU: order.Lines[at].SKUCode, Name: order.Lines[at].Name, Quantity: item.Quantity, Ordered: order.Lines[at].Quantity}
			if other.No == f.No {
				slip.Lines = append(slip.Lines, line)
			} else {
				slip.Elsewhere = append(slip.Elsewhere, line)
			}
		}
	}
	for _, s := range order.Shipments {
		if s.Holds(order.ID, f.No) {
			slip.Facts = append(append(slip.Facts, boxFacts(s)...), s.Carrier+" "+s.ServiceName, s.TrackingNumber)
		}
	}
	return slip
}

// fromLines say who sends a parcel: the address in full, or what is known as long as it is not written down.
func fromLines(order shop.OrderDetail, f shop.Fulfillment) []string {
	if order.Sender.Line1 == "" {
		return []string{order.MerchantName, f.LocationName}
	}
	return labels.AddressLines(order.Sender)
}

// sentWith is the service that the buyer chose, for whoever packs.
func sentWith(order shop.OrderDetail) []string {
	if order.ShipService == "" {
		return nil
	}
	return []string{"Sent with " + order.ShipService}
}

// MerchantLabelsPDF prints the labels of ticked shipments, one a box.
func (h *Handlers) MerchantLabelsPDF(w http.ResponseWriter, r *http.Request) error {
	size, err := labels.ParseSize(r.URL.Query().Get("size"))
	if err != nil {
		return err
	}
	var all []labels.Label
	err = h.eachTicked(r, func(_ shop.Shipment, orders []shop.OrderDetail, parcels []shop.Fulfillment) error {
		label, err := labelOf(orders[0], parcels[0])
		all = append(all, label)
		return err
	})
	if err != nil {
		return err
	}
	pdf, err := labels.Labels(size, h.Store.Now(), all)
	return h.printPDF(w, pdf, "labels", err)
}

// MerchantSlipsPDF prints the packing slips of everything in ticked shipments.
func (h *Handlers) MerchantSlipsPDF(w http.ResponseWriter, r *http.Request) error {
	var all []labels.Slip
	paper := labels.A4
	err := h.eachTicked(r, func(s shop.Shipment, orders []shop.OrderDetail, parcels []shop.Fulfillment) error {
		if len(all) == 0 {
			paper = labels.PaperFor(s.ShipTo.Country)
		}
		for i := range parcels {
			all = append(all, slipOf(orders[i], parcels[i]))
		}
		return nil
	})
	if err != nil {
		return err
	}
	pdf, err := labels.Slips(paper, h.Store.Now(), all)
	return h.printPDF(w, pdf, "slips", err)
}

// eachTicked reads ticked shipments of the viewer's merchant with what is inside, in the order of the ticks.
func (h *Handlers) eachTicked(r *http.Request, draw func(shop.Shipment, []shop.OrderDetail, []shop.Fulfillment) error) error {
	ids, err := shipmentIDs(r.URL.Query()["id"])
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	for _, id := range ids {
		s, err := h.Store.ShipmentByID(r.Context(), viewer.MerchantID, id)
		if err != nil {
			return err
		}
		orders, parcels, err := h.contents(r.Context(), viewer.Scope(), s)
		if err != nil {
			return err
		}
		if len(parcels) == 0 {
			return shop.Invalid("parcels", "Shipment "+strconv.FormatInt(id, 10)+" holds nothing that could be printed.")
		}
		if err := draw(s, orders, parcels); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handlers) contents(ctx context.Context, scope shop.OrderScope, s shop.Shipment) (orders []shop.OrderDetail, parcels []shop.Fulfillment, err error) {
	for _, p := range s.Parcels {
		order, err := h.Store.OrderByID(ctx, p.OrderID, scope)
		if err != nil {
			return nil, nil, err
		}
		f, err := parcelOf(order, p.No)
		if err != nil {
			return nil, nil, err
		}
		orders, parcels = append(orders, order), append(parcels, f)
	}
	return orders, parcels, nil
}

// MerchantManifestPDF prints what a carrier took along in one go.
func (h *Handlers) MerchantManifestPDF(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "manifest"))
	if err != nil {
		return shop.NotFound("manifest")
	}
	pdf, err := h.ManifestSheet(r.Context(), viewerOf(r.Context()).Scope(), id, r.URL.Query().Get("paper"))
	return h.printPDF(w, pdf, "manifest-"+strconv.FormatInt(id, 10), err)
}

// printPDF answers with a document that the browser shows, and prints from there.
func (h *Handlers) printPDF(w http.ResponseWriter, pdf []byte, name string, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(pdf)))
	_, _ = w.Write(pdf) // a reader who left is nobody's error
	return nil
}
