package simulatedcarrier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
)

// How old a message may be, and how far its clock may be ahead: an old one that somebody kept is not believed.
const (
	maxAge   = 5 * time.Minute
	maxAhead = time.Minute
)

// message is the body of a webhook.
type message struct {
	Events []messageEvent `json:"events"`
}

type messageEvent struct {
	ID             string    `json:"id"`
	TrackingNumber string    `json:"trackingNumber"`
	Kind           string    `json:"kind"`
	OccurredAt     time.Time `json:"occurredAt"`
	Place          string    `json:"place"`
	Text           string    `json:"text"`
	EtaAt          time.Time `json:"etaAt,omitzero"`
}

// Sign is the signature of a body at a time: "t=SECONDS,v1=HEX", an HMAC-SHA256 of "SECONDS.BODY".
func Sign(secret string, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(sum(secret, seconds, body))
}

func sum(secret, seconds string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Message writes events as the carrier sends them.
func Message(events []shop.TrackingEvent) ([]byte, error) {
	m := message{Events: make([]messageEvent, len(events))}
	for i, e := range events {
		m.Events[i] = messageEvent{e.ID, e.TrackingNumber, string(e.Kind), e.OccurredAt, e.Place, e.Text, e.EtaAt}
	}
	return json.Marshal(m)
}

// ReadWebhook checks the signature of a message and reads it.
func (c *Carrier) ReadWebhook(signature string, body []byte, now time.Time) ([]shop.TrackingEvent, error) {
	if err := c.believe(signature, body, now); err != nil {
		return nil, err
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, &shop.Error{Code: shop.CodeInvalid, Message: "The message cannot be read.", Err: err}
	}
	events := make([]shop.TrackingEvent, len(m.Events))
	for i, e := range m.Events {
		if !ValidTracking(e.TrackingNumber) {
			return nil, shop.Invalid(fmt.Sprintf("events[%d].trackingNumber", i), "This is not a tracking number, or its check digit does not fit.")
		}
		if _, known := shop.ParseTrackingKind(e.Kind); !known {
			return nil, shop.Invalid(fmt.Sprintf("events[%d].kind", i), "This kind of event is not known.")
		}
		events[i] = shop.TrackingEvent{
			ID: e.ID, TrackingNumber: e.TrackingNumber, Kind: shop.TrackingKind(e.Kind), OccurredAt: e.OccurredAt, Place: e.Place, Text: e.Text, EtaAt: e.EtaAt,
		}
	}
	return events, nil
}

func (c *Carrier) believe(signature string, body []byte, now time.Time) error {
	seconds, given := "", []byte(nil)
	for part := range strings.SplitSeq(signature, ",") {
		switch key, value, _ := strings.Cut(strings.TrimSpace(part), "="); key {
		case "t":
			seconds = value
		case "v1":
			given, _ = hex.DecodeString(value)
		}
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	at := time.Unix(unix, 0)
	if err != nil || now.Sub(at) > maxAge || at.Sub(now) > maxAhead {
		return shop.Forbidden("The message is not signed, or too old.")
	}
	for _, secret := range c.secrets {
		if secret != "" && hmac.Equal(given, sum(secret, seconds, body)) {
			return nil
		}
	}
	return shop.Forbidden("The signature does not fit.")
}
