package handlers

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
)

// SignatureHeader carries the signature of a carrier's message.
const SignatureHeader = "Waybill-Signature"

// CarrierWebhook takes what a connected carrier tells about parcels. It answers 200 once everything is kept, told again
// or not, and names the tracking numbers that are not ours: sending those again is of no use. A message that is not the
// carrier's is a 400.
func (h *Handlers) CarrierWebhook(w http.ResponseWriter, r *http.Request) {
	carrier := h.Shipping.Carrier(chi.URLParam(r, "name"))
	if carrier == nil {
		answerCarrier(w, http.StatusNotFound, carrierAnswer{Problem: "This carrier is not connected."})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		status := http.StatusBadRequest
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		answerCarrier(w, status, carrierAnswer{Problem: "The message cannot be read."})
		return
	}
	news, unknown, err := h.Shipping.Told(r.Context(), carrier, r.Header.Get(SignatureHeader), body)
	switch code := shop.CodeOf(err); code {
	case "":
		answerCarrier(w, http.StatusOK, carrierAnswer{News: news, Unknown: unknown})
	case shop.CodeForbidden:
		h.Log.WarnContext(r.Context(), "a webhook was not believed", "carrier", carrier.Name(), "request_id", requestID(r), "err", err)
		answerCarrier(w, http.StatusBadRequest, carrierAnswer{Problem: messageOf(err)})
	case shop.CodeInvalid, shop.CodeTooLarge:
		answerCarrier(w, statusOf[code], carrierAnswer{Problem: messageOf(err)})
	default:
		h.Log.ErrorContext(r.Context(), "a webhook failed", "carrier", carrier.Name(), "request_id", requestID(r), "err", err)
		answerCarrier(w, http.StatusServiceUnavailable, carrierAnswer{Problem: "Please send it again later."})
	}
}

type carrierAnswer struct {
	News    int      `json:"news"`
	Unknown []string `json:"unknownTrackingNumbers,omitempty"`
	Problem string   `json:"problem,omitempty"`
}

func answerCarrier(w http.ResponseWriter, status int, answer carrierAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a carrier that left is nobody's error
}
