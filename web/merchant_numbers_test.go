package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"waybill/views/urls"
)

var countedLinks = regexp.MustCompile(`<a href="(/merchant/numbers/parcels[^"]*)">([\d,]+)</a>`)

// Each figure leads to a list of as many parcels.
func TestNumbersLeadToTheirParcels(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr, other := newTrader(s, "tea"), newTrader(s, "lamps")
	number := tr.number()
	tr.post(urls.MerchantClaim(number), "parcel", "1")
	tr.post(urls.MerchantPick(number, 1), "parcel", "1", "all", "1", "by_hand", "no scanner", "reason", "no scanner")
	tr.post(urls.MerchantPack(number, 1), "parcel", "1", "weight", "500", "by_hand", "no scanner", "reason", "no scanner")
	waiting := tr.paid("second@example.com")
	page := tr.page(urls.MerchantNumbers())
	mustContain(t, page, []string{tr.user.Name, "Backlog between the stages", "Units picked per hour", "Waiting to be picked"}, other.number())
	links := countedLinks.FindAllStringSubmatch(page, -1)
	if len(links) < 4 {
		t.Errorf("%d figures lead somewhere", len(links))
	}
	for _, link := range links {
		address := html.UnescapeString(link[1])
		list := tr.page(address)
		if rows := strings.Count(list, `data-label="Order"`); !strings.Contains(link[2], "0") && rows == 0 {
			t.Errorf("%s says %s and lists nothing", address, link[2])
		}
		mustContain(t, list, nil, other.number())
	}
	mustContain(t, tr.page(urls.MerchantNumbersParcels()+"?what=picked"), []string{"Picked: 1 parcel", number}, waiting.Number())
	mustContain(t, tr.page(urls.MerchantNumbersParcels()+"?what=unsent"), []string{"Not shipped: 2", number, waiting.Number()})
	mustContain(t, tr.page(urls.MerchantNumbersParcels()+"?what=now&stage=waiting"), []string{"1 parcel", waiting.Number()}, number+"<")
	mustContain(t, tr.page(urls.MerchantNumbersParcels()+"?what=late&period=month"), []string{"No parcels"})
	for _, query := range []string{"?period=century&location=x&what=y&part=-1&page=99", "?location=999999", "?what=stage&stage=nowhere", "?what=picked&part=99999999999"} {
		if w := tr.get(urls.MerchantNumbersParcels() + query); w.Code != http.StatusOK {
			t.Errorf("%s answers %d", query, w.Code)
		}
	}
}
