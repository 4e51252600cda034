package handlers

import (
	"cmp"
	"fmt"
	"net/http"

	"waybill/adapters/labels"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// toPrint is what is asked to be printed of many parcels.
type toPrint struct {
	refs  []shop.ParcelRef // in the order of the ticks
	what  views.PrintWhat
	bins  bool // in the order of the walk instead
	size  labels.Size
	paper labels.Paper // "": what is usual where each parcel goes
}

func readPrint(r *http.Request) (asked toPrint, err error) {
	q := r.URL.Query()
	asked = toPrint{what: views.PrintWhat(cmp.Or(q.Get("what"), string(views.PrintBoth))), bins: q.Get("order") == "bins"}
	if asked.refs, err = tickedParcels(r, q["parcel"]); err != nil {
		return asked, err
	}
	if asked.what != views.PrintSlips && asked.what != views.PrintLabels {
		asked.what = views.PrintBoth
	}
	if asked.size, err = labels.ParseSize(q.Get("size")); err != nil {
		return asked, err
	}
	if name := q.Get("paper"); name != "" {
		asked.paper, err = labels.ParsePaper(name)
	}
	return asked, err
}

// printedRow is one parcel with what can be printed of it.
type printedRow struct {
	views.PrintRow
	order shop.OrderDetail
	slip  labels.Slip
	label labels.Label
}

// MerchantQueuePrint shows what would be printed of ticked parcels, and what cannot be and why.
func (h *Handlers) MerchantQueuePrint(w http.ResponseWriter, r *http.Request) error {
	asked, err := readPrint(r)
	if err != nil {
		return err
	}
	if len(asked.refs) == 0 {
		return h.nothingTicked(w, r, r.URL.Query().Get("back"))
	}
	rows, err := h.printedRows(r, asked)
	if err != nil {
		return err
	}
	model := views.QueuePrintModel{Back: urls.Local(cmp.Or(r.URL.Query().Get("back"), urls.MerchantQueue()))}
	for _, row := range rows {
		model.Rows = append(model.Rows, row.PrintRow)
	}
	page := h.page(r, "Print slips and labels")
	page.Nav, page.Path, page.Breadcrumbs = urls.MerchantQueue(), urls.MerchantQueue(), views.MerchantCrumbs()
	h.render(w, r, http.StatusOK, views.QueuePrint(page, model))
	return nil
}

// MerchantQueuePDF prints slips and labels of ticked parcels as one document. What cannot be printed is left out, as the
// page before said; when that is everything, there is a reason instead of an empty document.
func (h *Handlers) MerchantQueuePDF(w http.ResponseWriter, r *http.Request) error {
	asked, err := readPrint(r)
	if err != nil {
		return err
	}
	if len(asked.refs) == 0 {
		return shop.Invalid("parcel", "No parcel is chosen, so there is nothing to print.")
	}
	if asked.bins {
		if asked.refs, err = h.Store.PrintRoute(r.Context(), viewerOf(r.Context()).MerchantID, asked.refs); err != nil {
			return err
		}
	}
	rows, err := h.printedRows(r, asked)
	if err != nil {
		return err
	}
	all := bundle(asked, rows)
	if len(all) == 0 {
		return shop.Conflict(fmt.Sprintf("There is nothing to print: none of the %d parcels has %s.", len(rows), asked.what.Words()))
	}
	pdf, err := labels.Bundle(asked.size, h.Store.Now(), all)
	return h.printPDF(w, pdf, string(asked.what), err)
}

func bundle(asked toPrint, rows []printedRow) []labels.Printed {
	var all []labels.Printed
	for i := range rows {
		row := &rows[i]
		one := labels.Printed{Paper: cmp.Or(asked.paper, labels.PaperFor(row.order.ShipTo.Country))}
		if asked.what != views.PrintLabels && row.NoSlip == "" {
			one.Slip = &row.slip
		}
		if asked.what != views.PrintSlips && row.NoLabel == "" {
			one.Label = &row.label
		}
		if one.Slip != nil || one.Label != nil {
			all = append(all, one)
		}
	}
	return all
}

// printedRows draws up what can be printed of parcels of the viewer's merchant. A box with several of them has one label.
func (h *Handlers) printedRows(r *http.Request, asked toPrint) ([]printedRow, error) {
	orders := map[shop.OrderID]shop.OrderDetail{}
	boxes := map[int64]shop.ParcelRef{}
	rows := make([]printedRow, len(asked.refs))
	for i, ref := range asked.refs {
		order, known := orders[ref.OrderID]
		if !known {
			var err error
			if order, err = h.Store.OrderByID(r.Context(), ref.OrderID, viewerOf(r.Context()).Scope()); err != nil {
				return nil, err
			}
			orders[ref.OrderID] = order
		}
		f, err := parcelOf(order, ref.No)
		if err != nil {
			return nil, err
		}
		if rows[i], err = printedParcelRow(order, f); err != nil {
			return nil, err
		}
		if first, drawn := boxes[f.ShipmentID]; f.ShipmentID != 0 && rows[i].NoLabel == "" {
			if drawn {
				rows[i].NoLabel = "In one box with " + first.Code() + ", whose label is printed."
			} else {
				boxes[f.ShipmentID] = ref
			}
		}
	}
	return rows, nil
}

func printedParcelRow(order shop.OrderDetail, f shop.Fulfillment) (printedRow, error) {
	row := printedRow{order: order, PrintRow: views.PrintRow{
		ParcelRef: shop.ParcelRef{OrderID: order.ID, No: f.No}, Units: f.Units, To: order.ShipTo.Name + ", " + order.ShipTo.City + ", " + order.ShipTo.Country,
	}}
	if row.slip = slipOf(order, f); f.Status == shop.FulfillmentCancelled || len(row.slip.Lines) == 0 {
		row.NoSlip = "Nothing is in this parcel any more."
	}
	label, err := labelOf(order, f)
	if code := shop.CodeOf(err); code == shop.CodeInvalid {
		row.NoLabel = "Not packed yet."
		if f.Status == shop.FulfillmentCancelled {
			row.NoLabel = "The parcel was cancelled."
		}
		return row, nil
	}
	row.label = label
	return row, err
}
