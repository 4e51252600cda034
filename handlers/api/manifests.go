package api

import (
	"fmt"
	"net/http"

	"waybill/shop"
)

const manifestsList = "manifests" // names the cursors of GET /manifests

// manifestView is what a carrier took along in one go.
type manifestView struct {
	ID         int64  `json:"id"`
	Number     string `json:"number"`
	MerchantID int64  `json:"merchantId"`
	Carrier    string `json:"carrier"`
	ClosedAt   stamp  `json:"closedAt"`
	ClosedBy   string `json:"closedBy"`
}

// manifestDetailView is a manifest with its boxes.
type manifestDetailView struct {
	manifestView
	Shipments []shipmentView `json:"shipments"`
}

func viewManifest(m shop.Manifest) manifestView {
	return manifestView{ID: m.ID, Number: fmt.Sprintf("M-%d", m.ID), MerchantID: m.MerchantID, Carrier: m.Carrier, ClosedAt: stampOf(m.ClosedAt), ClosedBy: m.ClosedBy}
}

// ListManifests (GET /manifests) lists the hand-overs of a merchant, newest first.
func (a *API) ListManifests(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.ManifestQuery{MerchantID: q.merchant(key), Limit: q.limit(), Before: q.cursor(manifestsList)}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	manifests, more, err := a.Store.ManifestPage(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(manifestsList, manifests, more, func(m shop.Manifest) int64 { return m.ID })
	return ok(listOf(manifests, next, viewManifest)), nil
}

// GetManifest (GET /manifests/{id}) is one hand-over with its boxes.
func (a *API) GetManifest(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "manifest")
	if err != nil {
		return answer{}, err
	}
	manifest, err := a.Store.ManifestByID(r.Context(), key.MerchantID, id)
	if err != nil {
		return answer{}, err
	}
	return ok(manifestDetailView{viewManifest(manifest), each(manifest.Shipments, viewShipment)}), nil
}

// ManifestSheet (GET /manifests/{id}/manifest.pdf) is the list for the driver to sign.
func (a *API) ManifestSheet(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	paper := q.text("paper")
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "manifest")
	if err != nil {
		return answer{}, err
	}
	pdf, err := a.Sheets.ManifestSheet(r.Context(), key.Scope(), id, paper)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: &file{PDF, fmt.Sprintf("manifest-%d.pdf", id), pdf}}, nil
}
