package shop

import (
	"context"
	"time"
)

// Carrier takes parcels. Requests that cost money carry a key under which they take effect once, however often they are
// sent, and by which the carrier can be asked later what became of them.
//
// An answer is a LabelOutcome: bought, or refused with a reason. An error means that nobody knows: the label may exist, and
// LookUp has to tell.
type Carrier interface {
	// Name is the carrier's name in shipments.carrier_key and in the address of its webhook, short and stable.
	Name() string
	// Title is what people call it.
	Title() string
	// Rates are the services that take a parcel, the cheapest first; none when it goes where the carrier does not.
	Rates(ctx context.Context, parcel Consignment) ([]Rate, error)
	// BuyLabel buys the label of a service.
	BuyLabel(ctx context.Context, r LabelRequest) (LabelOutcome, error)
	// LookUp answers what became of the request with the key; LabelNeverHeard if it never arrived.
	LookUp(ctx context.Context, key string) (LabelOutcome, error)
	// VoidLabel gives a label back that was not used. Voiding it again is the same; one that the carrier has scanned is
	// refused with the reason.
	VoidLabel(ctx context.Context, trackingNumber string) (refused string, err error)
	// Track is everything that happened to parcels so far. Numbers that it does not know have no events.
	Track(ctx context.Context, trackingNumbers []string) ([]TrackingEvent, error)
	// ReadWebhook checks the signature of a message and reads it. A message that is not the carrier's, or too old, is
	// CodeForbidden; one that cannot be read is CodeInvalid.
	ReadWebhook(signature string, body []byte, now time.Time) ([]TrackingEvent, error)
}

// Consignment is a parcel as carriers price it.
type Consignment struct {
	To          Address
	WeightGrams int64
	LengthMM    int // 0: a box that nobody measured
	WidthMM     int
	HeightMM    int
	Currency    Currency // to price in
}

// Rate is what a service costs and when it arrives.
type Rate struct {
	Service string // stable code
	Name    string
	Cost    Amount
	EtaAt   time.Time
}

// LabelRequest buys a label.
type LabelRequest struct {
	Key     string
	Service string
	Parcel  Consignment
	// Reference is what the merchant calls it: the order numbers.
	Reference string
}

// LabelState says what a carrier answered.
type LabelState string

// The answers of a carrier. The zero value is no answer.
const (
	LabelUnknown    LabelState = ""
	LabelBought     LabelState = "bought"
	LabelRefused    LabelState = "refused"
	LabelNeverHeard LabelState = "never_heard" // sending the request again is right
)

// LabelOutcome is a carrier's answer about one label.
type LabelOutcome struct {
	State          LabelState
	TrackingNumber string
	ServiceName    string
	Cost           Amount
	EtaAt          time.Time // when it should arrive; zero: not told
	Reason         string    // refused: why, in words for the merchant
}

// Judge is what may be recorded for an answer: the answer itself or, when it makes no sense, an unknown outcome and the
// problem in words.
func (o LabelOutcome) Judge() (judged LabelOutcome, problem string) {
	if o.State == LabelBought {
		if message := refuseTracking(o.TrackingNumber, ""); message != "" {
			return LabelOutcome{}, "The carrier answered with a tracking number that is none."
		}
		if o.Cost.Minor < 0 {
			return LabelOutcome{}, "The carrier answered with a price below zero."
		}
	}
	o.Reason, o.ServiceName = clip(o.Reason), clip(o.ServiceName)
	return o, ""
}
