package db

import (
	"encoding/json"
	"maps"
	"time"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// addEvents writes the order's walk and what else happened, each step from where the one before led, and at the end where
// the order came from.
func (b *importBatch) addEvents(r *importRows, c shop.ImportCheckout, o shop.ImportOrder, orderID int64) error {
	var from *string
	for i, e := range o.Events {
		row := b.eventRow(c, e)
		row.OrderID, row.Seq = orderID, int32(i+1)
		switch {
		case i == 0:
			row.Kind = string(shop.EventPlaced)
			if e.By.Kind == "" { // nobody else can have placed it
				row.ActorKind, row.ActorID, row.ActorName = string(shop.ActorCustomer), b.customers[c.CustomerRef], ""
			}
		case e.To != "":
			row.Kind, row.FromStatus = string(shop.EventStatus), from
		}
		if e.To != "" {
			to := string(e.To)
			row.ToStatus, from = &to, &to
		}
		if err := r.addEvent(row, eventData(e)); err != nil {
			return err
		}
	}
	if c.Native {
		return nil
	}
	return r.addEvent(sqlc.ImportEventsParams{
		OrderID: orderID, Seq: int32(len(o.Events) + 1), Kind: string(shop.EventImported), OccurredAt: b.now, RecordedAt: b.now,
		ActorKind: string(shop.ActorIntegration), ActorName: b.source, Visibility: string(shop.VisibilityStaff),
	}, originData(b.source, o))
}

func (b *importBatch) eventRow(c shop.ImportCheckout, e shop.ImportEvent) sqlc.ImportEventsParams {
	actor := b.actor(c, e.By)
	row := sqlc.ImportEventsParams{
		Kind: string(e.Kind), OccurredAt: e.At, RecordedAt: b.now, Visibility: string(e.Visibility),
		ActorKind: string(actor.Kind), ActorID: actor.ID, ActorName: actor.Name,
	}
	if c.Native {
		row.RecordedAt = e.At
	}
	if row.Visibility == "" {
		row.Visibility = string(shop.VisibilityPublic)
	}
	return row
}

// actor is who did something to a checkout, by our ids.
func (b *importBatch) actor(c shop.ImportCheckout, by shop.ImportActor) shop.Actor {
	switch by.Kind {
	case "":
		return shop.Actor{Kind: shop.ActorIntegration, Name: b.source}
	case shop.ActorCustomer:
		return shop.Actor{Kind: by.Kind, ID: b.customers[c.CustomerRef], Name: by.Name}
	default:
		return shop.Actor{Kind: by.Kind, ID: b.users[by.Email], Name: by.Name}
	}
}

func (r *importRows) addEvent(row sqlc.ImportEventsParams, data map[string]string) (err error) {
	row.Data, err = json.Marshal(data)
	r.events = append(r.events, row)
	return err
}

func eventData(e shop.ImportEvent) map[string]string {
	data := map[string]string{}
	maps.Copy(data, e.Data)
	if e.Note != "" {
		data[shop.DataReason] = e.Note
	}
	if e.TimeUnknown {
		data[shop.DataTimeUnknown] = "true"
	}
	return data
}

// originData keeps what the source says of the order and no column holds.
func originData(source string, o shop.ImportOrder) map[string]string {
	data := map[string]string{shop.DataSource: source, "number": o.ExternalID, "status": o.SourceStatus}
	if !o.DeliveryEstimateAt.IsZero() {
		data["delivery_estimate"] = o.DeliveryEstimateAt.Format(time.RFC3339)
	}
	return data
}
