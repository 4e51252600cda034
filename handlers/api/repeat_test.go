package api_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
)

const keyHeader = "Idempotency-Key: "

// underKey gives a request an idempotency key, if its operation takes one and it has none.
func (d *door) underKey(q request) request {
	o, _ := theContract().find(q.method, "/api/v1"+q.path)
	has := slices.ContainsFunc(q.headers, func(h string) bool { return strings.HasPrefix(h, keyHeader) })
	if o.keyed && !has {
		q.headers = append(slices.Clone(q.headers), keyHeader+rand.Text())
	}
	return q
}

// repeat sends a request that succeeded once more, as programs do that lost the answer: it is answered the same and changes
// nothing. Another request under its key is refused.
func (d *door) repeat(q request, first answered) {
	d.t.Helper()
	o, known := theContract().find(q.method, "/api/v1"+q.path)
	if !known || q.method == http.MethodGet || q.reader != nil || q.ctx != nil || first.Status/100 != 2 {
		return
	}
	before := d.rows()
	again := d.send(q)
	if again.Status != first.Status || !bytes.Equal(again.Body, first.Body) || again.Header.Get("Location") != first.Header.Get("Location") {
		d.t.Errorf("%s is answered\n%d %s\nand then\n%d %s", o, first.Status, first.Body, again.Status, again.Body)
	}
	if after := d.rows(); after != before {
		d.t.Errorf("%s, sent again, changes %s to %s", o, before, after)
	}
	d.twice[o.String()] = true
	if !o.keyed {
		return
	}
	if again.Header.Get("Idempotent-Replayed") != "true" {
		d.t.Errorf("%s, sent again, is not said to be a replay", o)
	}
	other := request{key: q.key, method: "POST", path: "/orders", headers: q.headers}
	other.body = `{"userId":1,"shippingAddressId":1,"currency":"USD","items":[{"skuId":1,"quantity":77}]}`
	refused := d.send(other)
	if kind, _ := refused.problem(); refused.Status != http.StatusConflict || kind != "idempotency-mismatch" {
		d.t.Errorf("another request under the key of %s is answered %d %s", o, refused.Status, refused.Body)
	}
}
