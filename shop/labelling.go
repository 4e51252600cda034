package shop

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// How long things take with carriers.
const (
	// LabelDeadline is how long a carrier may take to answer while somebody at the packing table waits.
	LabelDeadline = 5 * time.Second
	// LabelLease is how long a request belongs to whoever sent it.
	LabelLease = 20 * time.Second
	// LabelAbandon is how long after a request the carrier may say that it never heard of it before it is given up.
	LabelAbandon = 2 * time.Minute
	// PollEvery is how often a carrier is asked for news of one parcel. Its webhook is quicker.
	PollEvery = 15 * time.Minute

	pollBatch   = 50
	askBatch    = 20
	watchBatch  = 200
	ratesWithin = 3 * time.Second
)

// ShippingStore keeps shipments. Every method is one transaction; none of them talks to a carrier.
type ShippingStore interface {
	// PrepareShipment puts parcels into a shipment, before the carrier is asked. The same key again is the same shipment,
	// as it is by then. One with a label of its own is ready at once.
	PrepareShipment(ctx context.Context, c LabelCommand) (PreparedShipment, error)
	// RecordLabel records what the carrier answered, once.
	RecordLabel(ctx context.Context, r LabelRecord) (Shipment, error)
	// PrepareVoid marks a shipment as being taken back. One without a connected carrier is taken back at once.
	PrepareVoid(ctx context.Context, w ShipmentWork) (Shipment, error)
	// RecordVoid records what the carrier answered, once.
	RecordVoid(ctx context.Context, r VoidRecord) (Shipment, error)
	// RecordTracking adds what a carrier told about one parcel, and lets shipment, parcels and orders follow. It returns
	// how much of it was new; a number that is not known is CodeNotFound.
	RecordTracking(ctx context.Context, carrierKey, trackingNumber string, events []TrackingEvent) (news int, err error)
	// ClaimUnanswered hands out shipments whose request has no answer, to one caller at a time.
	ClaimUnanswered(ctx context.Context, limit int) ([]PreparedShipment, error)
	// ClaimForNews hands out tracking numbers of a carrier that is to be asked for news, to one caller at a time.
	ClaimForNews(ctx context.Context, carrierKey string, limit int) ([]string, error)
	// RaiseProblems marks parcels that have become late, lost or forgotten, and returns how many.
	RaiseProblems(ctx context.Context, limit int) (int, error)
	// ConsignmentOf is a box as carriers price it. Parcels that are not the merchant's are CodeNotFound.
	ConsignmentOf(ctx context.Context, c LabelCommand) (Consignment, error)
	Now() time.Time
}

// PreparedShipment is a shipment and what its carrier is to be asked for.
type PreparedShipment struct {
	Shipment Shipment
	Parcel   Consignment
	Replayed bool // the key was used before
}

// Shipping are the use cases that talk to carriers. Each stitches atomic phases together: record what is going to be
// asked, ask outside of any transaction, record the answer. Whatever dies in between is found by its key.
type Shipping struct {
	store    ShippingStore
	log      *slog.Logger
	carriers []Carrier
}

// NewShipping returns the use cases over the connected carriers, the usual one first.
func NewShipping(store ShippingStore, log *slog.Logger, carriers ...Carrier) *Shipping {
	return &Shipping{store: store, log: log, carriers: carriers}
}

// Carrier returns a connected carrier by its name, nil if there is none.
func (s *Shipping) Carrier(name string) Carrier {
	for _, c := range s.carriers {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// CarrierRates is what a connected carrier offers for a box, or why it does not answer.
type CarrierRates struct {
	Key     string
	Title   string
	Rates   []Rate
	Problem string
}

// Rates asks all connected carriers what they would take for a box. One that does not answer in time is a problem of its
// own and not of the page.
func (s *Shipping) Rates(ctx context.Context, c LabelCommand) ([]CarrierRates, error) {
	parcel, err := s.store.ConsignmentOf(ctx, c)
	if err != nil {
		return nil, err
	}
	var all []CarrierRates
	for _, carrier := range s.carriers {
		offer := CarrierRates{Key: carrier.Name(), Title: carrier.Title()}
		asking, cancel := context.WithTimeout(ctx, ratesWithin)
		offer.Rates, err = carrier.Rates(asking, parcel)
		cancel()
		if err != nil {
			s.log.WarnContext(ctx, "a carrier has no rates", "carrier", carrier.Name(), "err", err)
			offer.Problem = carrier.Title() + " does not answer right now."
		}
		all = append(all, offer)
	}
	return all, nil
}

// Label gets the label of a box. It answers with the shipment as it then is: ready, failed with the carrier's reason, or
// still buying when the carrier has not answered; the background job asks later. The same key again is the same label.
func (s *Shipping) Label(ctx context.Context, c LabelCommand) (Shipment, error) {
	shipment, _, err := s.LabelOnce(ctx, c)
	return shipment, err
}

// LabelOnce is Label, and tells whether the key was used before.
func (s *Shipping) LabelOnce(ctx context.Context, c LabelCommand) (label Shipment, replayed bool, err error) {
	if c, err = c.Clean(); err != nil {
		return Shipment{}, false, err
	}
	if c.CarrierKey != "" {
		carrier := s.Carrier(c.CarrierKey)
		if carrier == nil {
			return Shipment{}, false, Invalid("service", "This carrier is not connected.")
		}
		c.Carrier = carrier.Title()
	}
	prepared, err := s.store.PrepareShipment(ctx, c)
	if err != nil || prepared.Shipment.Status != ShipmentBuying {
		return prepared.Shipment, prepared.Replayed, err
	}
	outcome, asked := s.buy(ctx, prepared)
	if !asked {
		return prepared.Shipment, prepared.Replayed, nil
	}
	label, err = s.store.RecordLabel(context.WithoutCancel(ctx), LabelRecord{ShipmentID: prepared.Shipment.ID, Outcome: outcome, Actor: c.Actor, RequestID: c.RequestID})
	return label, prepared.Replayed, err
}

// buy asks for a label; ok is false when nobody knows what came of it. Sending it twice is safe: the key makes it one.
func (s *Shipping) buy(ctx context.Context, p PreparedShipment) (outcome LabelOutcome, ok bool) {
	asking, cancel := context.WithTimeout(ctx, LabelDeadline)
	defer cancel()
	carrier := s.Carrier(p.Shipment.CarrierKey)
	if carrier == nil {
		return LabelOutcome{}, false
	}
	outcome, err := carrier.BuyLabel(asking, LabelRequest{Key: p.Shipment.RequestKey, Service: p.Shipment.Service, Parcel: p.Parcel, Reference: p.Shipment.Reference()})
	return s.judged(ctx, p.Shipment, outcome, err)
}

func (s *Shipping) judged(ctx context.Context, shipment Shipment, outcome LabelOutcome, err error) (LabelOutcome, bool) {
	if err != nil {
		s.log.WarnContext(ctx, "a carrier has not answered", "carrier", shipment.CarrierKey, "shipment", shipment.ID, "err", err)
		return LabelOutcome{}, false
	}
	outcome, problem := outcome.Judge()
	if problem != "" {
		s.log.ErrorContext(ctx, "a carrier's answer makes no sense", "carrier", shipment.CarrierKey, "shipment", shipment.ID, "problem", problem)
	}
	return outcome, outcome.State != LabelUnknown
}

// Void takes a label back before the carrier has the parcel. What the carrier does not take back stays ready, with its
// reason; without an answer it stays voiding, and the background job asks.
func (s *Shipping) Void(ctx context.Context, w ShipmentWork) (Shipment, error) {
	shipment, err := s.store.PrepareVoid(ctx, w)
	if err != nil || shipment.Status != ShipmentVoiding {
		return shipment, err
	}
	record, answered := s.void(ctx, shipment)
	if !answered {
		return shipment, nil
	}
	record.Actor, record.RequestID = w.Actor, w.RequestID
	return s.store.RecordVoid(context.WithoutCancel(ctx), record)
}

func (s *Shipping) void(ctx context.Context, shipment Shipment) (VoidRecord, bool) {
	carrier := s.Carrier(shipment.CarrierKey)
	if carrier == nil {
		return VoidRecord{}, false
	}
	asking, cancel := context.WithTimeout(ctx, LabelDeadline)
	defer cancel()
	refused, err := carrier.VoidLabel(asking, shipment.TrackingNumber)
	if err != nil {
		s.log.WarnContext(ctx, "a carrier has not answered", "carrier", shipment.CarrierKey, "shipment", shipment.ID, "err", err)
		return VoidRecord{}, false
	}
	return VoidRecord{ShipmentID: shipment.ID, Refused: clip(refused)}, true
}

// SettleLabels asks carriers what became of requests that were left without an answer, and returns how many it settled.
func (s *Shipping) SettleLabels(ctx context.Context) (settled int, err error) {
	claimed, err := s.store.ClaimUnanswered(ctx, askBatch)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, p := range claimed {
		done, err := s.settle(ctx, p)
		failed = errors.Join(failed, err)
		if done {
			settled++
		}
	}
	return settled, failed
}

func (s *Shipping) settle(ctx context.Context, p PreparedShipment) (done bool, err error) {
	system := Actor{Kind: ActorSystem}
	if p.Shipment.Status == ShipmentVoiding {
		record, answered := s.void(ctx, p.Shipment)
		if !answered {
			return false, nil
		}
		record.Actor = system
		_, err := s.store.RecordVoid(ctx, record)
		return err == nil, err
	}
	carrier := s.Carrier(p.Shipment.CarrierKey)
	if carrier == nil {
		return false, nil
	}
	asking, cancel := context.WithTimeout(ctx, LabelDeadline)
	defer cancel()
	outcome, err := carrier.LookUp(asking, p.Shipment.RequestKey)
	outcome, known := s.judged(ctx, p.Shipment, outcome, err)
	gone := outcome.State == LabelNeverHeard && s.store.Now().Sub(p.Shipment.CreatedAt) >= LabelAbandon
	if !known || (outcome.State == LabelNeverHeard && !gone) {
		return false, nil
	}
	_, err = s.store.RecordLabel(ctx, LabelRecord{ShipmentID: p.Shipment.ID, Outcome: outcome, Gone: gone, Actor: system})
	return err == nil, err
}

// Poll asks the connected carriers for news of the parcels on their way, and returns how much it learned.
func (s *Shipping) Poll(ctx context.Context) (news int, err error) {
	for _, carrier := range s.carriers {
		numbers, err := s.store.ClaimForNews(ctx, carrier.Name(), pollBatch)
		if err != nil {
			return news, err
		}
		if len(numbers) == 0 {
			continue
		}
		events, err := carrier.Track(ctx, numbers)
		if err != nil {
			s.log.WarnContext(ctx, "a carrier has no news", "carrier", carrier.Name(), "err", err)
			continue
		}
		added, _, err := s.record(ctx, carrier.Name(), events)
		news += added
		if err != nil {
			return news, err
		}
	}
	return news, nil
}

// Told records what a carrier's webhook says. It returns how much was new, and which tracking numbers are not ours.
func (s *Shipping) Told(ctx context.Context, carrier Carrier, signature string, body []byte) (news int, unknown []string, err error) {
	events, err := carrier.ReadWebhook(signature, body, s.store.Now())
	if err != nil {
		return 0, nil, err
	}
	if len(events) > MaxTrackingEvents {
		return 0, nil, &Error{Code: CodeTooLarge, Message: "There are too many events in one message."}
	}
	return s.record(ctx, carrier.Name(), events)
}

// record keeps events parcel by parcel, each in a transaction of its own.
func (s *Shipping) record(ctx context.Context, carrierKey string, events []TrackingEvent) (news int, unknown []string, err error) {
	byParcel, order := map[string][]TrackingEvent{}, []string(nil)
	now := s.store.Now()
	for _, e := range events {
		e, fits := e.Clean(now)
		if !fits {
			s.log.WarnContext(ctx, "a carrier told something that cannot be", "carrier", carrierKey, "tracking", clip(e.TrackingNumber), "event", clip(e.ID))
			continue
		}
		if byParcel[e.TrackingNumber] == nil {
			order = append(order, e.TrackingNumber)
		}
		byParcel[e.TrackingNumber] = append(byParcel[e.TrackingNumber], e)
	}
	for _, number := range order {
		added, err := s.store.RecordTracking(ctx, carrierKey, number, byParcel[number])
		switch {
		case CodeOf(err) == CodeNotFound:
			unknown = append(unknown, number)
		case err != nil:
			return news, unknown, err
		}
		news += added
	}
	return news, unknown, nil
}

// Jobs is the background work of shipping.
func (s *Shipping) Jobs() []Job {
	return []Job{
		{"ask carriers about labels", 5 * time.Second, s.SettleLabels},
		{"ask carriers for news", time.Minute, func(ctx context.Context) (int, error) { return drain(ctx, s.Poll) }},
		{"look for late parcels", time.Minute, func(ctx context.Context) (int, error) {
			return drain(ctx, func(ctx context.Context) (int, error) { return s.store.RaiseProblems(ctx, watchBatch) })
		}},
	}
}
