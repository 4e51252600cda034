package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/adapters/simulated"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
)

// delivered is an order that somebody bought and got.
type delivered struct {
	*site
	seller, buyer visitor
	order         shop.OrderID
}

func newDelivered(t *testing.T) delivered {
	t.Helper()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	part := s.buy("ana@example.com", simulated.TokenOK, s.SKU(merchant, "TEA", 2000, 100), s.SKU(merchant, "MUG", 333, 100)).Parts[0]
	seller := s.User("seller@example.com", shop.RoleMerchant, merchant, 0)
	s.Shipped(part.OrderID, seller)
	if _, err := s.Store.DeliverFulfillment(t.Context(), factory.Work(part.OrderID, seller)); err != nil {
		t.Fatal(err)
	}
	customer := s.Int(`SELECT customer_id FROM orders WHERE id = $1`, int64(part.OrderID))
	return delivered{s, s.as(seller), s.as(s.User("ana@example.com", shop.RoleCustomer, 0, customer)), part.OrderID}
}

// request sends the second step of the wizard.
func (d delivered) request(picture []byte, fields ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		_ = form.WriteField(fields[i], fields[i+1])
	}
	if picture != nil {
		file, _ := form.CreateFormFile("picture", "broken.png")
		_, _ = file.Write(picture)
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, urls.AccountReturn(d.order.Number()), &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return d.buyer.do(r)
}

func (d delivered) theReturn() string {
	d.t.Helper()
	return shop.ReturnID(d.Int(`SELECT max(id) FROM returns`)).Number()
}

func TestAReturnFromTheRequestToTheMoney(t *testing.T) {
	t.Parallel()
	d := newDelivered(t)
	wizard := urls.AccountReturn(d.order.Number())
	mustContain(t, d.buyer.page(urls.AccountOrder(d.order.Number())), []string{wizard})
	mustContain(t, d.buyer.page(wizard), []string{"Step 1 of 2", "Product TEA", "Product MUG", "Up to 1"})
	mustContain(t, d.buyer.page(wizard+"?step=review&units[1]=1&reason[1]=damaged"), []string{"Step 2 of 2", "1 × Product TEA", "$20.00", "It arrived damaged"}, "Product MUG")
	for name, query := range map[string]string{"nothing": "", "no reason": "&units[1]=1", "too many": "&units[1]=2&reason[1]=other", "none": "&units[1]=0"} {
		if w := d.buyer.get(wizard + "?step=review" + query); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, w.Code)
		}
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	chosen := []string{"units[1]", "1", "reason[1]", "damaged", "key", "k1", "note", "The box was <open>"}
	if w := d.request([]byte("<script>"), chosen...); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a picture that is none answers %d", w.Code)
	}
	for range 2 { // the second click
		if w := d.request(picture.Bytes(), chosen...); w.Code != http.StatusSeeOther {
			t.Fatalf("the request answers %d:\n%s", w.Code, w.Body)
		}
	}
	if n := d.Int(`SELECT count(*) FROM returns`); n != 1 {
		t.Fatalf("two clicks made %d returns", n)
	}
	number := d.theReturn()
	mustContain(t, d.buyer.page(urls.AccountOrder(d.order.Number())), []string{number, "Asked for", "looks at your request"}, "Label to print")
	mustContain(t, d.seller.page(urls.MerchantReturns()), []string{number, "Product TEA", "To decide"})
	mustContain(t, d.seller.page(urls.MerchantReturn(number)), []string{"The box was &lt;open&gt;", urls.MerchantReturnPhoto(number), "Approve"}, "Book what was counted")
	photo := d.seller.get(urls.MerchantReturnPhoto(number))
	if photo.Code != http.StatusOK || photo.Header().Get("Content-Type") != "image/jpeg" || photo.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the picture answers %d %v", photo.Code, photo.Header())
	}
	d.desk(t, number)
}

// desk takes the return from the decision to the money.
func (d delivered) desk(t *testing.T, number string) {
	t.Helper()
	do := func(act string, want int, fields ...string) string {
		t.Helper()
		w := d.seller.post(urls.MerchantReturnAct(number, act), append(fields, "key", act+strings.Join(fields, ""))...)
		if w.Code != want {
			t.Errorf("%s %v answers %d, want %d:\n%s", act, fields, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	do("receive", http.StatusConflict, "as_new[1]", "1")
	do("reject", http.StatusUnprocessableEntity, "reason", "")
	do("approve", http.StatusUnprocessableEntity, "units[1]", "2")
	do("approve", http.StatusSeeOther, "units[1]", "1")
	label := d.buyer.get(urls.AccountReturnLabel(number))
	if label.Code != http.StatusOK || !strings.HasPrefix(label.Body.String(), "%PDF-") {
		t.Errorf("the label answers %d", label.Code)
	}
	if w := d.buyer.post(urls.AccountReturnSent(number)); w.Code != http.StatusSeeOther {
		t.Errorf("the customer's word answers %d", w.Code)
	}
	mustContain(t, do("receive", http.StatusUnprocessableEntity, "scan", "NOTHING", "condition", "as_new"), []string{"You sell nothing with the code NOTHING."})
	mustContain(t, do("receive", http.StatusUnprocessableEntity, "scan", "MUG", "condition", "as_new"), []string{"not awaited"})
	do("receive", http.StatusUnprocessableEntity, "as_new[1]", "x")
	do("receive", http.StatusSeeOther, "scan", "tea", "condition", "as_new")
	mustContain(t, do("receive", http.StatusConflict, "damaged[1]", "1"), []string{"1 of 1 units have been received already"})
	mustContain(t, d.seller.page(urls.MerchantReturn(number)), []string{"Refund $20.00", "on sale at MAIN"})
	do("refund", http.StatusSeeOther)
	if n := d.Int(`SELECT sum(refunded_minor)::bigint FROM payments`); n != 2000 {
		t.Errorf("%d went back, want 2000", n)
	}
	mustContain(t, d.seller.page(urls.MerchantReturnsIn("closed")), []string{number})
	mustContain(t, d.buyer.page(urls.AccountOrder(d.order.Number())), []string{"Your money went back", "1 of 1 refunded, $20.00", "came back with the return " + number})
	mustContain(t, d.as(d.User("help@example.com", shop.RoleSupport, 0, 0)).page(urls.SupportOrder(d.order.Number())), []string{number, "Returns of the order"})
	found := d.seller.get(urls.MerchantReturnsFind() + "?code=" + strings.ToLower(number))
	if found.Code != http.StatusSeeOther || found.Header().Get("Location") != urls.MerchantReturn(number) {
		t.Errorf("a scanned label leads to %d %s", found.Code, found.Header().Get("Location"))
	}
	if w := d.seller.get(urls.MerchantReturnsFind() + "?code=R-1"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a mistyped number answers %d", w.Code)
	}
}

func TestTermsOfReturns(t *testing.T) {
	t.Parallel()
	d := newDelivered(t)
	for days, want := range map[string]int{"0": http.StatusSeeOther, "x": http.StatusUnprocessableEntity, "366": http.StatusUnprocessableEntity} {
		if w := d.seller.post(urls.MerchantReturnsPolicy(), "days", days, "address", "Dock 4\n1 Main St"); w.Code != want {
			t.Errorf("%s days answer %d, want %d", days, w.Code, want)
		}
	}
	mustContain(t, d.buyer.page(urls.AccountReturn(d.order.Number())), []string{"Nothing can be returned now", "does not take returns"}, "Step 1")
	if w := d.request(nil, "units[1]", "1", "reason[1]", "other", "key", "k"); w.Code != http.StatusConflict {
		t.Errorf("a return that is not taken answers %d", w.Code)
	}
}

func TestReturnsAreTheirCustomersAlone(t *testing.T) {
	t.Parallel()
	d := newDelivered(t)
	d.request(nil, "units[1]", "1", "reason[1]", "other", "key", "k")
	number := d.theReturn()
	customer, _ := d.Customer("eve@example.com")
	eve := d.as(d.User("eve@example.com", shop.RoleCustomer, 0, customer))
	for _, path := range []string{urls.AccountReturn(d.order.Number()), urls.AccountReturnLabel(number)} {
		if w := eve.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers somebody else %d", path, w.Code)
		}
	}
	for _, path := range []string{urls.AccountReturnSent(number), urls.AccountReturnCancel(number)} {
		if w := eve.post(path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers somebody else %d", path, w.Code)
		}
	}
	if w := d.buyer.get(urls.AccountReturnLabel(number)); w.Code != http.StatusConflict {
		t.Errorf("a label before the decision answers %d", w.Code)
	}
	if w := d.buyer.post(urls.AccountReturnCancel(number)); w.Code != http.StatusSeeOther || d.Text(`SELECT status FROM returns`) != "cancelled" {
		t.Errorf("calling it off answers %d", w.Code)
	}
}

// returned is a return that somebody asks the trader for: of an order of its own, that was sent.
func (tr trader) returned(email string) shop.ReturnID {
	tr.t.Helper()
	order := tr.paid(email)
	tr.Shipped(order, tr.user)
	key, err := shop.NewIdempotencyKey("test", email, nil)
	if err != nil {
		tr.t.Fatal(err)
	}
	id, _, err := tr.Store.RequestReturn(tr.t.Context(), shop.RequestReturnCommand{
		OrderID: order, Scope: shop.OrderScope{MerchantID: tr.user.MerchantID}, Actor: tr.user.Actor(), Key: key,
		Units: []shop.ReturnUnits{{LineUnits: shop.LineUnits{LineNo: 1, Quantity: 1}, Reason: "other"}},
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return id
}
