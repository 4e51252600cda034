package api_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shop"
)

// sent is a box that its carrier took along, as the path of its shipment.
func (s *station) sent(units int) string {
	s.t.Helper()
	made := s.post(s.key, "/shipments", fmt.Sprintf(`{"fulfillmentIds":[%q],"carrier":"DHL","trackingNumber":"00340434"}`, s.packed(units)), as(s.ann)).want(201).object()
	s.post(s.key, "/shipments/hand-over", fmt.Sprintf(`{"shipmentIds":[%v]}`, made["id"]), as(s.ann)).want(200)
	return fmt.Sprintf("/shipments/%v", made["id"])
}

// lose lets the carrier give a box up.
func (s *station) lose(path string) string {
	s.t.Helper()
	s.Exec(`UPDATE shipments SET status = 'lost', problem = 'lost', problem_at = now(), watch_at = NULL WHERE id = $1`, strings.TrimPrefix(path, "/shipments/"))
	return path
}

// What was lost is sent again once, with exactly its units, whoever asks how often; without stock nothing happens.
func TestAProgramSendsALostBoxAgain(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	box := s.lose(s.sent(2))
	count := func(units int) {
		s.post(s.key, fmt.Sprintf("/inventory/%d/counts", s.sku), fmt.Sprintf(`{"onHand":%d}`, units)).want(201)
	}
	count(1)
	short := s.post(s.key, box+"/reship", "", as(s.ann)).want(409)
	if kind, _ := short.problem(); kind != "out-of-stock" || s.Int(`SELECT count(*) FROM fulfillments WHERE replaces_no IS NOT NULL`) != 0 {
		t.Errorf("with one unit left: %s", short.Body)
	}
	count(5)
	s.post(s.key, box+"/reship", "").want(422) // for nobody
	first := s.post(s.key, box+"/reship", "", as(s.ann), "Idempotency-Key: again").want(201)
	replay := s.post(s.key, box+"/reship", "", as(s.ann), "Idempotency-Key: again").want(201)
	if text(first.object()) != text(replay.object()) || replay.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("once %s, twice %s", first.Body, replay.Body)
	}
	s.post(s.key, box+"/reship", "", as(s.bob)).want(409)
	if got := s.Text(`SELECT string_agg(concat_ws(' ', no, status, units), ', ' ORDER BY no) FROM fulfillments`); got != "1 shipped 2, 2 open 2" {
		t.Errorf("the parcels are %s", got)
	}
	fulfillments := first.object()["fulfillmentIds"].([]any)
	if got := s.get(s.key, fmt.Sprintf("/fulfillments/%v", fulfillments[0])).want(200).object(); got["status"] != "open" {
		t.Errorf("what replaces it is %v", got)
	}
	if got := s.get(s.key, box).want(200).object(); got["problem"] != nil {
		t.Errorf("the problem is still open: %v", got["problem"])
	}
	s.CheckBooks()
}

func TestAProgramClaimsFromACarrier(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	box := s.lose(s.sent(1))
	for body, field := range map[string]string{
		`{}`: "amount", `{"amount":0}`: "amount", `{"amount":1.234}`: "amount", `{"amount":-1}`: "amount",
		`{"amount":1.00,"reference":"` + strings.Repeat("x", shop.MaxClaimReference+1) + `"}`: "reference",
	} {
		names(t, s.post(s.key, box+"/claims", body, as(s.ann)).want(422), field)
	}
	opened := s.post(s.key, box+"/claims", `{"amount":32.38}`, as(s.ann)).want(201)
	claim := strings.TrimPrefix(opened.Header.Get("Location"), "/api/v1")
	if got := s.get(s.key, claim).want(200); text(got.object()) != text(opened.object()) || got.object()["openedBy"] != s.ann.Name {
		t.Errorf("opened %s, read %s", opened.Body, got.Body)
	}
	for body, field := range map[string]string{
		`{"outcome":"lost"}`: "outcome", `{"outcome":"paid"}`: "paidAmount", `{"outcome":"denied"}`: "note", `{"outcome":"paid","paidAmount":1.234}`: "paidAmount",
	} {
		names(t, s.post(s.key, claim+"/decision", body, as(s.ann)).want(422), field)
	}
	paid := s.post(s.key, claim+"/decision", `{"outcome":"paid","paidAmount":30.00,"reference":"K-7"}`, as(s.bob)).want(200).object()
	if got := fmt.Sprint(paid["status"], paid["amount"], paid["paidAmount"], paid["reference"], paid["decidedBy"]); got != fmt.Sprint("paid", "32.38", "30.00", "K-7", s.bob.Name) {
		t.Errorf("decided, the claim is %v", paid)
	}
	for status, want := range map[string]int{"open": 0, "paid": 1, "denied": 0} {
		if got := s.get(s.key, "/carrier-claims?status="+status).want(200).object()["data"].([]any); len(got) != want {
			t.Errorf("%d claims are %s", len(got), status)
		}
	}
	other, _ := s.Merchant("other")
	stranger := s.door.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: other})
	s.get(stranger, claim).want(404)
	s.post(stranger, claim+"/decision", `{"outcome":"denied","note":"no"}`, as(s.ann)).want(404)
	if got := s.get(stranger, "/carrier-claims?status=paid").want(200).object()["data"].([]any); len(got) != 0 {
		t.Error("a stranger sees the claim")
	}
}

// A hand-over leaves a list of what the carrier took along.
func TestAProgramReadsWhatCarriersTookAlong(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	first, second := s.sent(1), s.sent(2)
	page := s.get(s.key, "/manifests?limit=1").want(200).object()
	latest := object(page["data"].([]any)[0])
	if latest["carrier"] != "DHL" || latest["closedBy"] != s.ann.Name || page["nextCursor"] == nil {
		t.Errorf("the latest is %v", latest)
	}
	for path, list := range map[string]string{second: "/manifests?limit=1", first: "/manifests?limit=1&cursor=" + fmt.Sprint(page["nextCursor"])} {
		manifest := object(s.get(s.key, list).want(200).object()["data"].([]any)[0])
		detail := s.get(s.key, fmt.Sprintf("/manifests/%v", manifest["id"])).want(200).object()
		shipments := detail["shipments"].([]any)
		if len(shipments) != 1 || "/shipments/"+fmt.Sprint(object(shipments[0])["id"]) != path || detail["number"] != fmt.Sprintf("M-%v", manifest["id"]) {
			t.Errorf("%s is not in %v", path, detail)
		}
	}
	sheet := fmt.Sprintf("/manifests/%v/manifest.pdf", latest["id"])
	s.get(s.key, sheet+"?paper=letter").want(200)
	names(t, s.get(s.key, sheet+"?paper=a3").want(422), "paper")
	other, _ := s.Merchant("other")
	stranger := s.door.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: other})
	for _, path := range []string{sheet, fmt.Sprintf("/manifests/%v", latest["id"])} {
		s.get(stranger, path).want(404)
	}
}
