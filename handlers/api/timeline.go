package api

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"waybill/shop"
)

// timelineView is what happened to an order up to a moment, and how long each status lasted.
type timelineView struct {
	OrderID     shop.OrderID    `json:"orderId"`
	OrderNumber string          `json:"orderNumber"`
	AsOf        stamp           `json:"asOf"`
	Status      *string         `json:"status"` // at that moment; null before the order was placed
	Data        []eventView     `json:"data"`
	States      []stateSpanView `json:"states"`
}

type eventView struct {
	Seq        int64             `json:"seq"`
	Kind       shop.EventKind    `json:"kind"`
	From       *string           `json:"from"`
	To         *string           `json:"to"`
	Text       string            `json:"text"`
	OccurredAt stamp             `json:"occurredAt"`
	RecordedAt stamp             `json:"recordedAt"`
	Actor      actorView         `json:"actor"`
	Visibility shop.Visibility   `json:"visibility"`
	RequestID  *string           `json:"requestId"`
	Details    map[string]string `json:"details"`
}

type actorView struct {
	Kind shop.ActorKind `json:"kind"`
	Name string         `json:"name"`
}

type stateSpanView struct {
	Status          shop.Status `json:"status"`
	EnteredAt       stamp       `json:"enteredAt"`
	LeftAt          stamp       `json:"leftAt"` // null: it still lasts
	DurationSeconds int64       `json:"durationSeconds"`
}

// GetTimeline (GET /orders/{id}/timeline) tells what happened to an order, as of now or of an earlier moment. It shows the
// events that the role of the key may read.
func (a *API) GetTimeline(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asOf := q.time("asOf")
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	order, err := a.Store.OrderByID(r.Context(), id, key.Scope())
	if err != nil {
		return answer{}, err
	}
	if asOf.IsZero() {
		asOf = a.Store.Now()
	}
	return ok(viewTimeline(order, asOf, key.Role)), nil
}

func viewTimeline(order shop.OrderDetail, asOf time.Time, role shop.Role) timelineView {
	events := slices.DeleteFunc(order.Events, func(e shop.Event) bool { return e.OccurredAt.After(asOf) })
	spans := shop.TimeInStates(events, asOf)
	view := timelineView{
		OrderID: order.ID, OrderNumber: order.ID.Number(), AsOf: stampOf(asOf), Data: []eventView{},
		States: each(spans, func(s shop.StateSpan) stateSpanView {
			return stateSpanView{Status: s.Status, EnteredAt: stampOf(s.Entered), LeftAt: stampOf(s.Left), DurationSeconds: int64(s.Duration / time.Second)}
		}),
	}
	if len(spans) > 0 {
		view.Status = orNull(spans[len(spans)-1].Status)
	}
	for _, e := range events {
		if readable(role, e.Visibility) {
			view.Data = append(view.Data, viewEvent(e, role))
		}
	}
	return view
}

// viewEvent keeps the names of staff and the ids of requests from customers.
func viewEvent(e shop.Event, role shop.Role) eventView {
	view := eventView{
		Seq: e.Seq, Kind: e.Kind, From: orNull(e.From), To: orNull(e.To), Text: e.Sentence(), OccurredAt: stampOf(e.OccurredAt), RecordedAt: stampOf(e.RecordedAt),
		Actor: actorView{e.Actor.Kind, e.Actor.Name}, Visibility: e.Visibility, RequestID: orNull(e.RequestID), Details: e.Data,
	}
	if role == shop.RoleCustomer && e.Actor.Kind != shop.ActorCustomer {
		view.Actor.Name, view.RequestID = "", nil
		view.Details = maps.Clone(e.Data)
		delete(view.Details, shop.DataVia)
	}
	return view
}

// readable tells whether a role may read events of a visibility.
func readable(role shop.Role, v shop.Visibility) bool {
	switch v {
	case shop.VisibilityPublic:
		return true
	case shop.VisibilityStaff:
		return role != shop.RoleCustomer
	default:
		return role == shop.RoleFinance || role == shop.RoleSupport || role == shop.RoleAdmin
	}
}
